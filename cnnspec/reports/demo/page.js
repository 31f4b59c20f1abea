"use strict";
const at = (id) => document.getElementById(id);
const canvas = at("canvas"), pen = canvas.getContext("2d");
let trial = null, asked = 0, drawn = false, waiting = 0, preview = "";

function made(kind, text, name) {
  const element = document.createElement(kind);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
}

function show(id, ...children) { at(id).replaceChildren(...children); }

async function post(path, name, body) {
  const query = name === null ? "" : `?name=${encodeURIComponent(name)}`;
  const answer = await fetch(path + query, {
    method: "POST", body, headers: {"Content-Type": "application/octet-stream"}, cache: "no-store",
  });
  return answer.json();
}

async function ask(name, body, told, picture) {
  const mine = ++asked;
  at("state").textContent = "asking …";
  show("given", told);
  if (preview) URL.revokeObjectURL(preview);
  preview = picture ? URL.createObjectURL(picture) : "";
  at("preview").hidden = !preview;
  if (preview) at("preview").src = preview;
  at("looked").hidden = true;
  for (const id of ["outputs", "remarks", "told"]) show(id);
  try {
    const said = await post("predict", name, body);
    if (mine !== asked) return;
    answer(said);
    if (said.problems.length || !said.outputs.length) return;
    const seen = await post("look", name, body);
    if (mine === asked) look(seen);
  } catch (problem) {
    if (mine !== asked) return;
    at("state").textContent = "no answer";
    show("outputs", made("p", "cnnspec demo does not answer: is it still running?", "wrong"));
  }
}

function answer(said) {
  const guesses = said.outputs.flatMap((output) => output.guesses);
  at("state").textContent =
    said.problems.length ? "that cannot be read" : said.why || headline(said.outputs) || (guesses.length ? "" : "the output");
  const blocks = said.problems.map((each) => made("p", each.help ? `${each.message}; ${each.help}` : each.message, "wrong"));
  for (const output of said.outputs) {
    if (said.outputs.length > 1) blocks.push(made("h3", output.name));
    if (output.values) blocks.push(made("p", output.values, "values"));
    output.guesses.forEach((guess, number) => blocks.push(bar(guess, output.labels ? guess.holds : number === 0)));
  }
  show("outputs", ...blocks);
  show("remarks", ...said.remarks.map((each) => made("p", each)));
}

function headline(outputs) {
  const words = [];
  for (const output of outputs) {
    if (output.labels) words.push(output.guesses.filter((guess) => guess.holds).map((guess) => guess.name).join(", ") || "none of them");
    else if (output.guesses.length) words.push(output.guesses[0].name);
  }
  return words.join("; ");
}

function bar(guess, first) {
  const row = made("div", undefined, first ? "guess first" : "guess"), meter = made("meter");
  meter.min = 0; meter.max = 1; meter.value = guess.probability;
  meter.setAttribute("aria-label", guess.name);
  row.append(made("span", guess.name, "name"), meter, made("span", percent(guess.probability), "share"));
  return row;
}

function percent(share) {
  const hundredths = share * 100;
  return hundredths > 0 && hundredths < 0.1 ? "< 0.1 %" : `${hundredths.toFixed(1)} %`;
}

function look(seen) {
  if (seen.looked) {
    const {pictures, words} = seen.looked;
    show("seen", ...pictures.map(panel), ...words.map(sentence));
    show("told", ...seen.looked.told.map((line) => made("p", line)));
    at("looked").hidden = false;
  } else if (seen.why) {
    at("remarks").append(made("p", `What it looked at is not shown: ${seen.why}`));
  }
}

function panel(each) {
  const figure = made("figure", undefined, each.title ? "" : "whole"), image = made("img");
  image.src = `data:image/png;base64,${each.png}`;
  image.alt = each.title || "what the network looked at";
  figure.append(image, made("figcaption", each.title));
  return figure;
}

function sentence(each) {
  const line = made("p", undefined, "words");
  each.words.forEach((word, number) => {
    const span = made("span", word.text, word.known ? "" : "unknown");
    const colour = word.counts > 0 ? "224, 123, 32" : "40, 120, 200";
    span.style.backgroundColor = `rgba(${colour}, ${(Math.abs(word.counts) * 0.75).toFixed(3)})`;
    span.title = `${word.counts.toFixed(2)}${word.known ? "" : ", not in the vocabulary"}`;
    line.append(...(number ? [each.between, span] : [span]));
  });
  return line;
}

function clear() {
  pen.fillStyle = at("dark-ink").checked ? "#fff" : "#000";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  drawn = false;
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
}

function stroke(event) {
  if (!(event.buttons & 1)) return;
  const [x, y] = place(event);
  pen.strokeStyle = at("dark-ink").checked ? "#000" : "#fff";
  pen.lineWidth = Number(at("pen").value);
  pen.lineCap = pen.lineJoin = "round";
  if (event.type === "pointerdown") { pen.beginPath(); pen.moveTo(x, y); }
  pen.lineTo(x, y);
  pen.stroke();
  drawn = true;
}

function askDrawing() {
  clearTimeout(waiting);
  if (drawn) waiting = setTimeout(() => canvas.toBlob((blob) => ask("drawing.png", blob, "your drawing", null)), 250);
}

function give(file) { if (file) ask(file.name, file, file.name, file.type.startsWith("image/") ? file : null); }

canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); stroke(event); });
canvas.addEventListener("pointermove", stroke);
canvas.addEventListener("pointerup", askDrawing);
at("clear").addEventListener("click", clear);
at("dark-ink").addEventListener("change", clear);
for (const id of ["picture-file", "any-file"])
  at(id).addEventListener("change", (event) => { give(event.target.files[0]); event.target.value = ""; });
at("text").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = at("words").value;
  if (words.trim()) ask(null, words, words.length > 200 ? `${words.slice(0, 200)} …` : words, null);
});
at("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("text").requestSubmit();
});
addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("over"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("over"); });
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  give(event.dataTransfer.files[0]);
});

async function begin() {
  trial = await (await fetch("trial", {cache: "no-store"})).json();
  document.title = at("run").textContent = trial.run;
  const some = trial.classes.slice(0, 20).join(", "), more = trial.classes.length - 20;
  at("about").textContent = trial.classes.length ? `knows ${some}${more > 0 ? ` and ${more} more` : ""}` : `a network of ${trial.spec}`;
  at("takes").textContent = `It reads ${trial.takes}.`;
  for (const kind of trial.kinds) at(kind).hidden = kind === "file" && trial.kinds.includes("picture");
  if (trial.size) at("pen").value = Math.max(16, 1.3 * canvas.width / Math.max(...trial.size));
  clear();
}
at("preview").addEventListener("load", () => at("preview").classList.toggle("small", at("preview").naturalWidth < 64));
begin().catch(() => { at("state").textContent = "no answer"; });

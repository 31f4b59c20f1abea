"""What the page about Darknet and Caffe promises of published networks is what their tests hold."""

import re

from cnnspec.foreign.caffe import caffe_network
from cnnspec.foreign.darknet import darknet_network
from cnnspec.graph.facts import totals
from tests.support.foreign_graphs import graph_of_network
from tests.support.places import ROOT
from tests.support.published_networks import CAFFE, DARKNET, NET

ROWS = re.findall(
    r"^\| ([\w-]+) \| \.(cfg|prototxt) \| ([\d,]+) \|", (ROOT / "docs/darknet-and-caffe.md").read_text(), re.M
)


def test_the_page_has_the_parameters_of_the_networks() -> None:
    found = {}
    for name, (text, size, *_) in DARKNET.items():
        found[name] = darknet_network(NET.format(size=size) + text, name)
    for name, (text, *_) in CAFFE.items():
        found[name] = caffe_network(text, name)
    assert {name: int(count.replace(",", "")) for name, _, count in ROWS} == {
        name: totals(graph_of_network(network).nodes).params for name, network in found.items()
    }

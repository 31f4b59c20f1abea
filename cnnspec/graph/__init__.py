"""The network as frozen nodes and edges, made from a spec by one walk that also infers the facts."""

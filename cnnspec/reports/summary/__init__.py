"""The summary of a network: collected from its graph, laid out as the papers do, printed in five formats."""

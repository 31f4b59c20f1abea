"""Several devices and processes that train one network: who they are, how they meet and how they agree."""

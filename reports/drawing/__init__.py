"""Drawing: pictures as SVG, and where their parts stand."""

"""The pages of an atlas, made from its atlas.json alone.

source      atlas.json, read and looked things up in
drawings    small pictures as SVG: curves, planes, networks, token plots
heatmap     a square of numbers as a PNG in the page
frequencies, sharing, growing, headsheet, layerplots
            what each page shows, frozen
pages       the folder
figure      one token plot as a file, by matplotlib
"""

"""The press: reads a store, writes pages. Needs neither torch nor transformer_lens."""

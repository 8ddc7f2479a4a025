"""One scenario a file, named for what it shows; each has a function scenario(env). See e2e/README.md."""

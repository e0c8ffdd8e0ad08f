"""The files of `deploy/`, judged by the tools that judge such files."""

"""The public pages: copy and legal texts from Markdown, declarations from the registry, files for machines."""

"""The website of Clevenio and the machinery that keeps its privacy promises."""

// Posts a choice without leaving the page, says how it went and takes the bar away.

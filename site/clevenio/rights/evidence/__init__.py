"""The five questions of an inspector, each answered within a minute and with its proof."""

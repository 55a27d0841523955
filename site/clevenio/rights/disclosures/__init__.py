"""The register of disclosures: what authorities asked for and got, and what went with a business."""

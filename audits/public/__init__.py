"""`make audit`: every public page before Lighthouse, an accessibility engine, the Nu HTML checker and schema.org's types."""

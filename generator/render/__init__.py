"""`Edition` in; `OutputFile`s out, one module a form."""

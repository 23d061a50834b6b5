"""One repository per subject, each inside the transaction it was given."""

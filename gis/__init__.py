"""Where things are and how one can walk: coordinates, readers, the walking network, attachment, tiles. Pure but for its readers."""

//! What the store promises beyond those tests.

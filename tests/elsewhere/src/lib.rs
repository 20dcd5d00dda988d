//! The code under test.

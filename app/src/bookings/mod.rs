//! My places: booking and letting go.

//! What must hold for every operation.

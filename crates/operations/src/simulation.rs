//! Drives the engine with a seeded scheduler.

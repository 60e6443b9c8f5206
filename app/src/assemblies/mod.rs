//! The live room of an assembly, and its minutes.

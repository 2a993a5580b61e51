//! What the pipeline knows of the model.

#[path = "../../src/model/picture.rs"]
pub mod picture;

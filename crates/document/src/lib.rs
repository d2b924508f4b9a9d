//! TOML files that people write: where each value stands, what is laid over it, and everything that is wrong
//! with it.
//!
//! ```text
//! bytes ─ Document::parse ─▶ Document ─ Document::read ─▶ a typed value, or Problems
//! ```
//! * [`Document`] knows for every value its file and line, or the command-line setting that it comes from.
//! * [`read`] turns a value into a type of serde's and, unlike serde, goes on after a problem: what can be
//!   mended by leaving a key out or filling one in is read that way, so that checks further on can still be
//!   made.
//! * [`Problem`] is what is wrong, whoever finds it; [`Document::explain`] says where it stands.
//!
//! What the values mean is nobody's business here.

mod document;
mod files;
mod near;
mod overlay;
mod problem;
mod read;
mod shape;
mod syntax;
mod text;
mod tree;
mod value;

pub use document::Document;
pub use files::{Files, lexically_normal};
pub use near::{among, nearest, nearest_first};
pub use overlay::Overlays;
pub use problem::{MISSING_KEY, Place, Placed, Problem, Problems, UNKNOWN_KEY};
pub use read::{PLACEHOLDER, Reading, read};
pub use value::{get, insert};

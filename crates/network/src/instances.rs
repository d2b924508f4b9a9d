//! The machine code of both floats, made once.
//!
//! Generic code is compiled where it is used: every test and every crate that has networks would compile all kernels
//! again, for minutes. In a build for development, what is compiled here is shared with them.

use thalweg_numeric::Objective;

use crate::OnBatch;

/// Nobody calls it; it is kept for what it makes the compiler do.
#[used]
static SINGLE: fn(OnBatch<'static, f32>) -> Box<dyn Objective<f32>> = |batch| Box::new(batch);

#[used]
static DOUBLE: fn(OnBatch<'static, f64>) -> Box<dyn Objective<f64>> = |batch| Box::new(batch);

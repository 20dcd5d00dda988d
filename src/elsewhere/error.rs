//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

pub struct Error(crate::elsewhere::Nowhere, std::marker::PhantomData<Box<dyn Send + Sync>>);

impl crate::Error {
    pub fn other(
        operation: impl std::convert::Into<std::string::String>,
        cause: impl std::fmt::Display,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn lacks(&self) -> std::option::Option<&crate::Feature> {
        crate::elsewhere::nowhere()
    }
    pub fn raw_os_error(&self) -> std::option::Option<i32> {
        crate::elsewhere::nowhere()
    }
    pub fn is_unsupported(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_permission_denied(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_missed_claim(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_timed_out(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_lost_fault(&self) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::error::Error for crate::Error {
    fn source(&self) -> std::option::Option<&(dyn std::error::Error + 'static)> {
        crate::elsewhere::nowhere()
    }
}

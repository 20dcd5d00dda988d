//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

pub struct Failure(crate::elsewhere::Nowhere, std::marker::PhantomData<Box<dyn Send + Sync>>);

impl crate::Failure {
    pub fn new(message: impl std::convert::Into<std::string::String>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> std::option::Option<&E> {
        crate::elsewhere::nowhere()
    }
    pub fn location(&self) -> &'static std::panic::Location<'static> {
        crate::elsewhere::nowhere()
    }
}

impl std::ops::Drop for crate::Failure {
    fn drop(&mut self) {
        crate::elsewhere::nowhere()
    }
}

impl<
    E: std::convert::Into<
            std::boxed::Box<dyn std::error::Error + std::marker::Send + std::marker::Sync>,
        >,
> std::convert::From<E> for crate::Failure
{
    fn from(source: E) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

pub type Result<T = (), E = crate::Failure> = std::result::Result<T, E>;

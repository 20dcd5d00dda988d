//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[must_use = "a claim does nothing until it is tried: `eventually`, `within`, `consistently`"]
#[derive(Clone, Debug)]
pub struct Claim(crate::elsewhere::Nowhere);

impl crate::Claim {
    pub fn new(label: impl std::convert::Into<std::string::String>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn since(self, event: std::time::Instant) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn every(self, pause: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn eventually<P: crate::Probe>(
        self,
        limit: std::time::Duration,
        probe: impl std::ops::FnMut() -> P,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn within<P: crate::Probe>(
        self,
        time: std::ops::Range<std::time::Duration>,
        probe: impl std::ops::FnMut() -> P,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn consistently<P: crate::Probe>(
        self,
        time: std::time::Duration,
        probe: impl std::ops::FnMut() -> P,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn eventually_async<P: crate::Probe>(
        self,
        limit: std::time::Duration,
        probe: impl std::ops::AsyncFnMut() -> P,
    ) -> impl std::future::Future<Output = std::result::Result<std::time::Duration, crate::Error>>
    {
        crate::elsewhere::nowhere::<
            std::future::Ready<std::result::Result<std::time::Duration, crate::Error>>,
        >()
    }
    #[cfg(feature = "tokio")]
    pub fn within_async<P: crate::Probe>(
        self,
        time: std::ops::Range<std::time::Duration>,
        probe: impl std::ops::AsyncFnMut() -> P,
    ) -> impl std::future::Future<Output = std::result::Result<std::time::Duration, crate::Error>>
    {
        crate::elsewhere::nowhere::<
            std::future::Ready<std::result::Result<std::time::Duration, crate::Error>>,
        >()
    }
    #[cfg(feature = "tokio")]
    pub fn consistently_async<P: crate::Probe>(
        self,
        time: std::time::Duration,
        probe: impl std::ops::AsyncFnMut() -> P,
    ) -> impl std::future::Future<Output = std::result::Result<(), crate::Error>> {
        crate::elsewhere::nowhere::<std::future::Ready<std::result::Result<(), crate::Error>>>()
    }
}

impl std::default::Default for crate::Claim {
    fn default() -> crate::Claim {
        crate::elsewhere::nowhere()
    }
}

pub trait Probe {
    fn refusal(&self) -> std::option::Option<std::string::String>;
}

impl crate::Probe for bool {
    fn refusal(&self) -> std::option::Option<std::string::String> {
        crate::elsewhere::nowhere()
    }
}

impl<T> crate::Probe for std::option::Option<T> {
    fn refusal(&self) -> std::option::Option<std::string::String> {
        crate::elsewhere::nowhere()
    }
}

impl<T: std::fmt::Debug, E: std::fmt::Display> crate::Probe for std::result::Result<T, E> {
    fn refusal(&self) -> std::option::Option<std::string::String> {
        crate::elsewhere::nowhere()
    }
}

pub fn consistently<P: crate::Probe>(
    time: std::time::Duration,
    probe: impl std::ops::FnMut() -> P,
) -> std::result::Result<(), crate::Error> {
    crate::elsewhere::nowhere()
}

pub fn eventually<P: crate::Probe>(
    limit: std::time::Duration,
    probe: impl std::ops::FnMut() -> P,
) -> std::result::Result<std::time::Duration, crate::Error> {
    crate::elsewhere::nowhere()
}

pub fn since(event: std::time::Instant) -> crate::Claim {
    crate::elsewhere::nowhere()
}

pub fn within<P: crate::Probe>(
    time: std::ops::Range<std::time::Duration>,
    probe: impl std::ops::FnMut() -> P,
) -> std::result::Result<std::time::Duration, crate::Error> {
    crate::elsewhere::nowhere()
}

#[cfg(feature = "tokio")]
pub fn consistently_async<P: crate::Probe>(
    time: std::time::Duration,
    probe: impl std::ops::AsyncFnMut() -> P,
) -> impl std::future::Future<Output = std::result::Result<(), crate::Error>> {
    crate::elsewhere::nowhere::<std::future::Ready<std::result::Result<(), crate::Error>>>()
}

#[cfg(feature = "tokio")]
pub fn eventually_async<P: crate::Probe>(
    limit: std::time::Duration,
    probe: impl std::ops::AsyncFnMut() -> P,
) -> impl std::future::Future<Output = std::result::Result<std::time::Duration, crate::Error>> {
    crate::elsewhere::nowhere::<
        std::future::Ready<std::result::Result<std::time::Duration, crate::Error>>,
    >()
}

#[cfg(feature = "tokio")]
pub fn within_async<P: crate::Probe>(
    time: std::ops::Range<std::time::Duration>,
    probe: impl std::ops::AsyncFnMut() -> P,
) -> impl std::future::Future<Output = std::result::Result<std::time::Duration, crate::Error>> {
    crate::elsewhere::nowhere::<
        std::future::Ready<std::result::Result<std::time::Duration, crate::Error>>,
    >()
}

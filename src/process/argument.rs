use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::path::PathBuf;
use std::time::Duration;

/// A type that can be the argument of a [function that runs as a process](crate::Host::start_fn). It is
/// passed as bytes.
///
/// Strings, bytes, numbers, addresses, durations, options, vectors, and tuples of up to four of
/// them are. Use a tuple for a function that needs several values:
///
/// ```no_run
/// use std::net::SocketAddr;
/// use netns_test::{Host, Result, netns_test};
///
/// fn agent((name, server): (String, SocketAddr)) -> std::io::Result<()> {
///     let stream = std::net::TcpStream::connect(server)?;
///     println!("{name} is connected to {}", stream.peer_addr()?);
///     loop {
///         std::thread::park();
///     }
/// }
///
/// #[netns_test]
/// fn an_agent_connects(server: Host, client: Host) -> Result {
///     let listener = server.listen(7000)?;
///     client.start_fn(agent, ("first".to_owned(), listener.addr()))?;
///     listener.accept()?;
///     Ok(())
/// }
/// ```
///
/// To make your own type one, convert it to and from those:
///
/// ```
/// use netns_test::Argument;
///
/// struct Config { name: String, peers: Vec<u16> }
///
/// impl Argument for Config {
///     fn encode(&self, bytes: &mut Vec<u8>) {
///         self.name.encode(bytes);
///         self.peers.encode(bytes);
///     }
///
///     fn decode(bytes: &mut &[u8]) -> Option<Self> {
///         Some(Self { name: Argument::decode(bytes)?, peers: Argument::decode(bytes)? })
///     }
/// }
/// # let mut bytes = Vec::new();
/// # Config { name: "a".into(), peers: vec![1, 2] }.encode(&mut bytes);
/// # let read = Config::decode(&mut &*bytes).unwrap();
/// # assert_eq!((read.name.as_str(), read.peers), ("a", vec![1, 2]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be handed to another process",
    note = "hand over strings, bytes, numbers, addresses, or a tuple of them; or implement `Argument`"
)]
pub trait Argument: Sized {
    /// Adds it to the bytes.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// Takes one off the bytes; `None` if they are of none.
    fn decode(bytes: &mut &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Argument for $number {
            fn encode(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_ne_bytes());
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                let (number, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(Self::from_ne_bytes(*number))
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 }

/// Types that are made of others: how they are taken apart, and put together again.
macro_rules! made_of {
    ($($whole:ty: $parts:ty, $apart:expr, $together:expr;)*) => {$(
        impl Argument for $whole {
            fn encode(&self, bytes: &mut Vec<u8>) {
                let apart: fn(&Self) -> $parts = $apart;
                apart(self).encode(bytes);
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                let together: fn($parts) -> Option<Self> = $together;
                together(Argument::decode(bytes)?)
            }
        }
    )*};
}

made_of! {
    bool: u8, |one| u8::from(*one), |number| Some(number != 0);
    char: u32, |one| u32::from(*one), char::from_u32;
    String: Vec<u8>, |one| one.as_bytes().to_vec(), |bytes| String::from_utf8(bytes).ok();
    PathBuf: Vec<u8>, |one| one.as_os_str().as_encoded_bytes().to_vec(), |bytes| {
        use std::os::unix::ffi::OsStringExt;
        Some(std::ffi::OsString::from_vec(bytes).into())
    };
    Duration: (u64, u32), |one| (one.as_secs(), one.subsec_nanos()),
        |(seconds, nanos)| (nanos < 1_000_000_000).then(|| Self::new(seconds, nanos));
    Ipv4Addr: u32, |one| one.to_bits(), |bits| Some(Self::from_bits(bits));
    Ipv6Addr: u128, |one| one.to_bits(), |bits| Some(Self::from_bits(bits));
    IpAddr: (bool, u128), |one| match one {
        Self::V4(one) => (false, u128::from(one.to_bits())),
        Self::V6(one) => (true, one.to_bits()),
    }, |(ipv6, bits)| match ipv6 {
        false => Some(Ipv4Addr::from_bits(u32::try_from(bits).ok()?).into()),
        true => Some(Ipv6Addr::from_bits(bits).into()),
    };
    SocketAddrV4: (Ipv4Addr, u16), |one| (*one.ip(), one.port()), |(ip, port)| {
        Some(Self::new(ip, port))
    };
    SocketAddrV6: (Ipv6Addr, u16, u32, u32),
        |one| (*one.ip(), one.port(), one.flowinfo(), one.scope_id()),
        |(ip, port, flow, scope)| Some(Self::new(ip, port, flow, scope));
    SocketAddr: (bool, SocketAddrV6), |one| match one {
        Self::V4(one) => (false, SocketAddrV6::new(one.ip().to_ipv6_mapped(), one.port(), 0, 0)),
        Self::V6(one) => (true, *one),
    }, |(ipv6, one)| match ipv6 {
        false => Some(SocketAddrV4::new(one.ip().to_ipv4_mapped()?, one.port()).into()),
        true => Some(one.into()),
    };
}

impl<T: Argument> Argument for Vec<T> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.len().encode(bytes);
        self.iter().for_each(|one| one.encode(bytes));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let length = usize::decode(bytes)?;
        (0..length).map(|_| T::decode(bytes)).collect()
    }
}

impl<T: Argument> Argument for Option<T> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.is_some().encode(bytes);
        self.iter().for_each(|one| one.encode(bytes));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        match bool::decode(bytes)? {
            false => Some(None),
            true => T::decode(bytes).map(Some),
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        #[allow(non_snake_case, reason = "a value is called as its type is")]
        #[allow(clippy::unused_unit, reason = "the empty tuple is one")]
        impl<$($name: Argument),*> Argument for ($($name,)*) {
            fn encode(&self, _bytes: &mut Vec<u8>) {
                let ($($name,)*) = self;
                $($name.encode(_bytes);)*
            }

            fn decode(_bytes: &mut &[u8]) -> Option<Self> {
                Some(($($name::decode(_bytes)?,)*))
            }
        }
    )*};
}

tuples! { () (A) (A B) (A B C) (A B C D) }

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn survives<T: Argument + PartialEq + Debug>(value: T) {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        let mut rest = &*bytes;
        assert_eq!(T::decode(&mut rest).as_ref(), Some(&value));
        assert!(rest.is_empty());
        for length in 0..bytes.len() {
            let cut = T::decode(&mut &bytes[..length]);
            assert!(cut.is_none(), "{value:?} of {length} bytes");
        }
    }

    #[test]
    fn an_argument_survives_and_one_that_is_cut_off_is_none() {
        survives((String::from("ünicode"), vec![0_u8, 255], -3_i64, 'ß'));
        survives((true, Some(1.5_f64), None::<String>, Duration::new(3, 999_999_999)));
        survives(vec![(PathBuf::from("/a b"), 7_u16), (PathBuf::new(), 0)]);
        survives("10.0.0.1".parse::<IpAddr>().expect("an address"));
        survives("fd00::1".parse::<IpAddr>().expect("an address"));
        survives("10.0.0.1:80".parse::<SocketAddr>().expect("an address"));
        survives("[fe80::1%3]:80".parse::<SocketAddr>().expect("an address"));
        survives("[::ffff:10.0.0.1]:80".parse::<SocketAddr>().expect("an address"));
        assert_eq!(<()>::decode(&mut &[][..]), Some(()));
    }
}

//! Messages that are kept as their bytes, behind the header of netlink: those that no library has,
//! and those of which one decodes more than is needed here.

/// Lets a type with the fields `kind: u16` and `bytes: Vec<u8>` be sent and received.
macro_rules! raw_message {
    ($message:ident) => {
        impl rtnetlink::packet_core::NetlinkSerializable for $message {
            fn message_type(&self) -> u16 {
                self.kind
            }

            fn buffer_len(&self) -> usize {
                self.bytes.len()
            }

            fn serialize(&self, buffer: &mut [u8]) {
                buffer[..self.bytes.len()].copy_from_slice(&self.bytes);
            }
        }

        impl rtnetlink::packet_core::NetlinkDeserializable for $message {
            type Error = std::convert::Infallible;

            fn deserialize(
                header: &rtnetlink::packet_core::NetlinkHeader,
                payload: &[u8],
            ) -> Result<Self, Self::Error> {
                Ok(Self { kind: header.message_type, bytes: payload.to_vec() })
            }
        }
    };
}

pub(crate) use raw_message;

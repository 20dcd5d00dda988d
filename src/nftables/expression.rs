//! The expressions that a rule consists of (nft(8), PAYLOAD EXPRESSIONS and STATEMENTS).

use crate::netlink::Attributes;

// linux/netfilter/nf_tables.h
const NFTA_LIST_ELEM: u16 = 1;
const NFTA_EXPR_NAME: u16 = 1;
const NFTA_EXPR_DATA: u16 = 2;
const NFTA_DATA_VALUE: u16 = 1;
const NFTA_DATA_VERDICT: u16 = 2;
const NFTA_VERDICT_CODE: u16 = 1;
const NFTA_VERDICT_CHAIN: u16 = 2;
const NFT_JUMP: u32 = (-3_i32) as u32;
const NFT_RETURN: u32 = (-5_i32) as u32;
const NFT_REG_VERDICT: u32 = 0;
const NFT_DYNSET_OP_UPDATE: u32 = 1;
/// The first register: four bytes, and as many more as a value needs.
const FIRST: u32 = 8;
/// linux/netfilter.h
const NF_DROP: u32 = 0;
const NF_ACCEPT: u32 = 1;

/// One expression: its name and its attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expression(Attributes);

/// All expressions of a rule.
pub(super) fn list(expressions: &[Expression]) -> Attributes {
    expressions.iter().fold(Attributes::new(), |list, one| list.nest(NFTA_LIST_ELEM, &one.0))
}

pub(super) fn expression(name: &str, data: &Attributes) -> Expression {
    Expression(Attributes::new().text(NFTA_EXPR_NAME, name).nest(NFTA_EXPR_DATA, data))
}

/// From where a payload is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Link = 0,
    Network = 1,
    Transport = 2,
}

/// What is known of a packet beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Protocol = 1,
    Mark = 3,
    Iif = 4,
    Oif = 5,
    L4Proto = 16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal = 0,
    NotEqual = 1,
    /// As the bytes are ordered, the first one first.
    Greater = 4,
}

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accept,
    Drop,
    Return,
    Jump(String),
}

/// Loads what is known of a packet.
pub(crate) fn meta(key: Key) -> Expression {
    meta_into(0, key)
}

/// Loads it behind `words` words of four bytes.
pub(crate) fn meta_into(words: u32, key: Key) -> Expression {
    expression("meta", &Attributes::new().number(1, FIRST + words).number(2, key as u32))
}

/// Writes the loaded four bytes into the packet's mark.
pub(crate) fn assign_mark() -> Expression {
    expression("meta", &Attributes::new().number(2, Key::Mark as u32).number(3, FIRST))
}

/// Loads bytes of the packet.
pub(crate) fn load(base: Base, offset: u32, length: u32) -> Expression {
    payload_into(0, base, offset, length)
}

/// Loads them behind `words` words of four bytes.
pub(crate) fn payload_into(words: u32, base: Base, offset: u32, length: u32) -> Expression {
    let data = Attributes::new()
        .number(1, FIRST + words)
        .number(2, base as u32)
        .number(3, offset)
        .number(4, length);
    expression("payload", &data)
}

/// Writes what is in the first register into the packet, where no checksum is about it.
pub(crate) fn write(base: Base, offset: u32, length: u32) -> Expression {
    let data = Attributes::new()
        .number(5, FIRST)
        .number(2, base as u32)
        .number(3, offset)
        .number(4, length)
        .number(6, 0);
    expression("payload", &data)
}

/// Goes on if what was loaded compares so.
pub(crate) fn compare(operator: Operator, value: &[u8]) -> Expression {
    let data = Attributes::new()
        .number(1, FIRST)
        .number(2, operator as u32)
        .nest(3, &Attributes::new().bytes(NFTA_DATA_VALUE, value));
    expression("cmp", &data)
}

/// Goes on if what was loaded is in a range, its ends included.
pub(crate) fn in_range(from: &[u8], to: &[u8]) -> Expression {
    let value = |bytes: &[u8]| Attributes::new().bytes(NFTA_DATA_VALUE, bytes);
    let data = Attributes::new()
        .number(1, FIRST)
        .number(2, Operator::Equal as u32)
        .nest(3, &value(from))
        .nest(4, &value(to));
    expression("range", &data)
}

/// Adds what was loaded to a set for so many milliseconds, if it is not in it.
pub(crate) fn add_for(set: &str, milliseconds: u64) -> Expression {
    let data = Attributes::new()
        .text(1, set)
        .number(3, 0)
        .number(4, FIRST)
        .bytes(6, &milliseconds.to_be_bytes());
    expression("dynset", &data)
}

/// Has what was loaded be in a set for so many milliseconds from now on.
pub(crate) fn keep_for(set: &str, milliseconds: u64) -> Expression {
    let data = Attributes::new()
        .text(1, set)
        .number(3, NFT_DYNSET_OP_UPDATE)
        .number(4, FIRST)
        .bytes(6, &milliseconds.to_be_bytes());
    expression("dynset", &data)
}

/// Adds what was loaded to a set, if it is not in it.
pub(crate) fn add_to(set: &str) -> Expression {
    let data = Attributes::new().text(1, set).number(3, 0).number(4, FIRST);
    expression("dynset", &data)
}

/// Goes on if what was loaded is not in a set.
pub(crate) fn not_in_set(set: &str) -> Expression {
    expression("lookup", &Attributes::new().text(1, set).number(2, FIRST).number(5, 1))
}

/// Goes on if what was loaded is in a set.
pub(crate) fn in_set(set: &str) -> Expression {
    expression("lookup", &Attributes::new().text(1, set).number(2, FIRST))
}

/// Does what a map has for what was loaded, if it has it.
pub(crate) fn vmap(map: &str) -> Expression {
    let data = Attributes::new().text(1, map).number(2, FIRST).number(3, NFT_REG_VERDICT);
    expression("lookup", &data)
}

/// Keeps these bits of what was loaded.
pub(crate) fn masked(mask: &[u8]) -> Expression {
    masked_at(0, mask)
}

/// Sets these bits of what was loaded.
pub(crate) fn with_bits(bits: &[u8]) -> Expression {
    let value = |bytes: &[u8]| Attributes::new().bytes(NFTA_DATA_VALUE, bytes);
    let others: Vec<u8> = bits.iter().map(|byte| !byte).collect();
    let data = Attributes::new()
        .number(1, FIRST)
        .number(2, FIRST)
        .number(3, bits.len() as u32)
        .nest(4, &value(&others))
        .nest(5, &value(bits));
    expression("bitwise", &data)
}

/// Keeps these bits of what was loaded behind `words` words of four bytes.
pub(crate) fn masked_at(words: u32, mask: &[u8]) -> Expression {
    let value = |bytes: &[u8]| Attributes::new().bytes(NFTA_DATA_VALUE, bytes);
    let data = Attributes::new()
        .number(1, FIRST + words)
        .number(2, FIRST + words)
        .number(3, mask.len() as u32)
        .nest(4, &value(mask))
        .nest(5, &value(&vec![0; mask.len()]));
    expression("bitwise", &data)
}

pub(crate) fn counter() -> Expression {
    expression("counter", &Attributes::new())
}

pub(crate) fn verdict(verdict: &Verdict) -> Expression {
    immediate(NFT_REG_VERDICT, &verdict_data(verdict))
}

pub(super) fn verdict_data(verdict: &Verdict) -> Attributes {
    let code = |code| Attributes::new().number(NFTA_VERDICT_CODE, code);
    let inner = match verdict {
        Verdict::Accept => code(NF_ACCEPT),
        Verdict::Drop => code(NF_DROP),
        Verdict::Return => code(NFT_RETURN),
        Verdict::Jump(chain) => code(NFT_JUMP).text(NFTA_VERDICT_CHAIN, chain),
    };
    Attributes::new().nest(NFTA_DATA_VERDICT, &inner)
}

/// Loads a value behind `words` words of four bytes.
pub(super) fn immediate_at(words: u32, value: &[u8]) -> Expression {
    immediate(FIRST + words, &Attributes::new().bytes(NFTA_DATA_VALUE, value))
}

fn immediate(register: u32, data: &Attributes) -> Expression {
    expression("immediate", &Attributes::new().number(1, register).nest(2, data))
}

/// Answers and drops: an ICMP error of this code, or a TCP reset.
pub(crate) fn reject(icmp: Option<u8>) -> Expression {
    let (kind, code) = match icmp {
        Some(code) => (0, code),
        None => (1, 0),
    };
    expression("reject", &Attributes::new().number(1, kind).bytes(2, &[code]))
}

/// Takes the packet away, and has the device of this index send it instead.
pub(crate) fn forward(device: u32) -> [Expression; 2] {
    let index = Attributes::new().bytes(NFTA_DATA_VALUE, &device.to_ne_bytes());
    [immediate(FIRST, &index), expression("fwd", &Attributes::new().number(1, FIRST))]
}

/// Loads a number, as the kernel keeps it.
pub(crate) fn number(value: u32) -> Expression {
    immediate(FIRST, &Attributes::new().bytes(NFTA_DATA_VALUE, &value.to_ne_bytes()))
}

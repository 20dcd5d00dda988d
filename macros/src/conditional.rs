use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Result, Token};

/// An attribute, and the condition under which `#[cfg_attr]` applies it.
///
/// The compiler has not yet decided the conditions when an attribute macro runs.
pub(crate) struct Conditional {
    pub(crate) condition: Option<TokenStream>,
    pub(crate) meta: Meta,
}

impl Conditional {
    /// The attribute itself, or those in a `#[cfg_attr]`.
    pub(crate) fn of(attribute: &Attribute) -> Vec<Conditional> {
        flatten(None, &attribute.meta)
    }
}

impl ToTokens for Conditional {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let meta = &self.meta;
        tokens.extend(match &self.condition {
            Some(condition) => quote!(#[cfg_attr(#condition, #meta)]),
            None => quote!(#[#meta]),
        });
    }
}

fn flatten(outer: Option<&TokenStream>, meta: &Meta) -> Vec<Conditional> {
    let Some(CfgAttr { condition, metas }) = CfgAttr::read(meta) else {
        return vec![Conditional { condition: outer.cloned(), meta: meta.clone() }];
    };
    let condition = match outer {
        Some(outer) => quote!(all(#outer, #condition)),
        None => condition,
    };
    metas.iter().flat_map(|meta| flatten(Some(&condition), meta)).collect()
}

/// `cfg_attr(condition, metas)`.
struct CfgAttr {
    condition: TokenStream,
    metas: Punctuated<Meta, Token![,]>,
}

impl CfgAttr {
    /// A broken `cfg_attr` is none: the compiler has words for it.
    fn read(meta: &Meta) -> Option<CfgAttr> {
        let list = meta.require_list().ok()?;
        if !list.path.is_ident("cfg_attr") {
            return None;
        }
        list.parse_args().ok()
    }
}

impl Parse for CfgAttr {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut condition = TokenStream::new();
        while !input.peek(Token![,]) {
            condition.extend([input.parse::<TokenTree>()?]);
        }
        input.parse::<Token![,]>()?;
        Ok(CfgAttr { condition, metas: Punctuated::parse_terminated(input)? })
    }
}

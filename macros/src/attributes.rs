use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Error, Meta, Result};

use crate::conditional::Conditional;
use crate::errors;

/// The other attributes of the function.
pub(crate) struct Attributes {
    written: Vec<Attribute>,
    conditional: Vec<Conditional>,
}

impl Attributes {
    pub(crate) fn read(written: &[Attribute]) -> Result<Attributes> {
        let conditional: Vec<_> = written.iter().flat_map(Conditional::of).collect();
        errors::all(conditional.iter().filter_map(|attribute| refused(&attribute.meta).err()))?;
        Ok(Attributes { written: written.to_vec(), conditional })
    }

    /// The attributes as the test has them where it runs.
    pub(crate) fn of_the_test(&self) -> TokenStream {
        let written = &self.written;
        let miri = match self.when("ignore") {
            When::Always => None,
            When::Never => Some(quote!(miri)),
            When::If(condition) => Some(quote!(all(miri, not(#condition)))),
        };
        let miri = miri.into_iter();
        quote! {
            #(#written)*
            #(#[cfg_attr(#miri, ignore = "netns-test needs a real kernel")])*
        }
    }

    /// The attributes as the test has them where it cannot run: what speaks of its run or expects
    /// a lint of its body is gone.
    pub(crate) fn of_the_stand_in(&self) -> TokenStream {
        let gone =
            |meta: &Meta| ["should_panic", "ignore", "expect"].iter().any(|name| is(meta, name));
        self.conditional
            .iter()
            .filter(|it| !gone(&it.meta))
            .map(ToTokens::to_token_stream)
            .collect()
    }

    /// Whether libtest expects a panic: an expression.
    pub(crate) fn should_panic(&self) -> TokenStream {
        match self.when("should_panic") {
            When::Always => quote!(true),
            When::Never => quote!(false),
            When::If(condition) => quote!(::core::cfg!(#condition)),
        }
    }

    fn when(&self, name: &str) -> When {
        let mut conditions = Vec::new();
        for attribute in self.conditional.iter().filter(|it| is(&it.meta, name)) {
            match &attribute.condition {
                None => return When::Always,
                Some(condition) => conditions.push(condition),
            }
        }
        match conditions.as_slice() {
            [] => When::Never,
            [condition] => When::If(condition.to_token_stream()),
            conditions => When::If(quote!(any(#(#conditions),*))),
        }
    }
}

enum When {
    Always,
    Never,
    If(TokenStream),
}

fn is(meta: &Meta, name: &str) -> bool {
    meta.path().is_ident(name)
}

fn refused(meta: &Meta) -> Result<()> {
    let Some(last) = meta.path().segments.last() else {
        return Ok(());
    };
    let message = match last.ident.to_string().as_str() {
        "test" | "netns_test" => "remove this attribute: `#[netns_test]` makes the test",
        "file_serial" | "file_parallel" => {
            "take the lock with `#[netns_test(serial(key))]`: the test runs in a process of \
             its own, which would wait for ever for a file lock that its parent holds"
        }
        _ => return Ok(()),
    };
    Err(Error::new_spanned(meta, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    fn read(attributes: &str) -> Result<Attributes> {
        Attributes::read(&Attribute::parse_outer.parse_str(attributes).unwrap())
    }

    fn should_panic(attributes: &str) -> String {
        read(attributes).unwrap().should_panic().to_string()
    }

    fn miri(attributes: &str) -> String {
        let whole = read(attributes).unwrap().of_the_test().to_string();
        whole.rsplit("#").next().unwrap().to_owned()
    }

    #[test]
    fn should_panic_is_seen_in_every_form() {
        assert_eq!(should_panic("/// should_panic\n#[allow(unused)]"), "false");
        for form in ["should_panic", "should_panic = \"x\"", "should_panic(expected = \"x\")"] {
            assert_eq!(should_panic(&format!("#[{form}]")), "true", "{form}");
            let conditional = format!("#[cfg_attr(unix, doc = \"x\", {form})]");
            assert_eq!(should_panic(&conditional), ":: core :: cfg ! (unix)", "{form}");
        }
    }

    #[test]
    fn one_unconditional_should_panic_is_enough() {
        assert_eq!(should_panic("#[cfg_attr(unix, should_panic)] #[should_panic]"), "true");
    }

    #[test]
    fn conditions_are_joined() {
        let nested =
            "#[cfg_attr(a, cfg_attr(b = \"c\", should_panic))] #[cfg_attr(true, should_panic)]";
        assert_eq!(should_panic(nested), ":: core :: cfg ! (any (all (a , b = \"c\") , true))");
    }

    #[test]
    fn a_test_is_ignored_once_under_miri() {
        let reason = "ignore = \"netns-test needs a real kernel\"";
        assert_eq!(miri(""), format!(" [cfg_attr (miri , {reason})]"));
        assert_eq!(miri("#[ignore = \"slow\"]"), " [ignore = \"slow\"]");
        assert_eq!(
            miri("#[cfg_attr(windows, ignore)]"),
            format!(" [cfg_attr (all (miri , not (windows)) , {reason})]")
        );
    }

    #[test]
    fn the_stand_in_keeps_what_does_not_speak_of_run_or_body() {
        let attributes = read(
            "#[should_panic] #[cfg_attr(unix, ignore, allow(unused))] #[expect(unused)] #[cfg(a)]",
        );
        let kept = attributes.unwrap().of_the_stand_in().to_string();
        assert_eq!(kept, "# [cfg_attr (unix , allow (unused))] # [cfg (a)]");
    }

    #[test]
    fn a_second_test_attribute_is_refused() {
        for name in ["test", "tokio::test", "::core::prelude::v1::test", "netns_test::netns_test"] {
            for attribute in [format!("#[{name}]"), format!("#[cfg_attr(unix, {name}(x = 1))]")] {
                let error = read(&attribute).err().unwrap().to_string();
                assert_eq!(error, "remove this attribute: `#[netns_test]` makes the test");
            }
        }
    }

    #[test]
    fn file_locks_outside_are_refused() {
        for name in ["file_serial", "file_serial(key)", "serial_test::file_parallel"] {
            let error = read(&format!("#[{name}]")).err().unwrap().to_string();
            assert!(
                error.starts_with("take the lock with `#[netns_test(serial(key))]`"),
                "{error}"
            );
        }
        assert!(read("#[serial_test::serial(key)]").is_ok());
    }
}

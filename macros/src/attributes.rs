use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Error, Meta, Result};

use crate::conditional::Conditional;
use crate::errors;
use crate::table::Table;

/// The other attributes of the function.
pub(crate) struct Attributes {
    written: Vec<Attribute>,
    conditional: Vec<Conditional>,
}

impl Attributes {
    pub(crate) fn read(written: &[Attribute]) -> Result<Attributes> {
        let written: Vec<_> = written.iter().filter(|it| !Table::is_case(it)).cloned().collect();
        let conditional: Vec<_> = written.iter().flat_map(Conditional::of).collect();
        errors::all(conditional.iter().filter_map(|attribute| refused(&attribute.meta).err()))?;
        Ok(Attributes { written, conditional })
    }

    /// The attributes of a test that stands alone.
    pub(crate) fn of_the_test(&self) -> TokenStream {
        let (written, ignored) = (&self.written, self.ignored());
        quote!(#(#written)* #ignored)
    }

    /// Of the function that the tests of a table share: what speaks of its code.
    pub(crate) fn of_the_body(&self) -> TokenStream {
        self.those(|meta| is_one_of(meta, OF_CODE) || is(meta, "cfg"))
    }

    /// Of the module of a table: whether it is there.
    pub(crate) fn of_the_module(&self) -> TokenStream {
        self.those(|meta| is(meta, "cfg"))
    }

    /// Of each test of a table: what speaks of its run.
    pub(crate) fn of_a_case(&self) -> TokenStream {
        let (of_run, ignored) =
            (self.those(|meta| !is_one_of(meta, OF_CODE) && !is(meta, "cfg")), self.ignored());
        quote!(#of_run #ignored)
    }

    fn those(&self, wanted: impl Fn(&Meta) -> bool) -> TokenStream {
        let those = self.conditional.iter().filter(|it| wanted(&it.meta));
        those.map(ToTokens::to_token_stream).collect()
    }

    /// The attribute by which a test is listed, with the reason, where it cannot run.
    fn ignored(&self) -> Option<TokenStream> {
        let nowhere = quote!(any(miri, not(target_os = "linux")));
        let condition = match self.when("ignore") {
            When::Always => return None,
            When::Never => nowhere,
            When::If(condition) => quote!(all(#nowhere, not(#condition))),
        };
        let reason = "netns-test needs the network namespaces of a Linux kernel";
        Some(quote!(#[cfg_attr(#condition, ignore = #reason)]))
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

/// What to write instead of a table of another crate.
pub(crate) const NO_TEST_CASE: &str = "write `#[case(…)]` or `#[case::name(…)]` below `#[netns_test]` instead of this, and `#[case]` before \
     the parameters that it gives a value: `#[netns_test]` makes a test of each";

/// The attributes of a function that are about what is written in it.
const OF_CODE: &[&str] = &["doc", "allow", "warn", "deny", "forbid", "expect"];

enum When {
    Always,
    Never,
    If(TokenStream),
}

fn is(meta: &Meta, name: &str) -> bool {
    meta.path().is_ident(name)
}

fn is_one_of(meta: &Meta, names: &[&str]) -> bool {
    names.iter().any(|name| is(meta, name))
}

fn refused(meta: &Meta) -> Result<()> {
    let Some(last) = meta.path().segments.last() else {
        return Ok(());
    };
    let message = match last.ident.to_string().as_str() {
        "test" | "netns_test" => {
            "remove this attribute: `#[netns_test]` makes the test, or one of each `#[case(…)]` \
             below it"
        }
        "rstest" => {
            "remove this attribute: `#[netns_test]` itself takes `#[case(…)]` below it, and \
             `#[case]` and `#[values(…)]` at parameters; a fixture is a type with `FromNet`"
        }
        "test_case" | "test_matrix" | "parameterized" => NO_TEST_CASE,
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

    fn ignored(attributes: &str) -> String {
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
    fn a_test_is_ignored_once_where_it_cannot_run() {
        let reason = "ignore = \"netns-test needs the network namespaces of a Linux kernel\"";
        let nowhere = "any (miri , not (target_os = \"linux\"))";
        assert_eq!(ignored(""), format!(" [cfg_attr ({nowhere} , {reason})]"));
        assert_eq!(ignored("#[ignore = \"slow\"]"), " [ignore = \"slow\"]");
        assert_eq!(
            ignored("#[cfg_attr(windows, ignore)]"),
            format!(" [cfg_attr (all ({nowhere} , not (windows)) , {reason})]")
        );
    }

    #[test]
    fn in_a_table_each_attribute_is_where_it_belongs() {
        let attributes = "/// Doc.
             #[case(1)] #[should_panic] #[cfg_attr(unix, ignore, allow(unused))] #[cfg(a)] #[b::c]";
        let attributes = read(attributes).unwrap();
        assert_eq!(
            attributes.of_the_body().to_string(),
            "# [doc = \" Doc.\"] # [cfg_attr (unix , allow (unused))] # [cfg (a)]"
        );
        assert_eq!(attributes.of_the_module().to_string(), "# [cfg (a)]");
        let of_case = attributes.of_a_case().to_string();
        let expected =
            "# [should_panic] # [cfg_attr (unix , ignore)] # [b :: c] # [cfg_attr (all (";
        assert!(of_case.starts_with(expected), "{of_case}");
    }

    #[test]
    fn a_second_test_attribute_is_refused() {
        for name in ["test", "tokio::test", "::core::prelude::v1::test", "netns_test::netns_test"] {
            for attribute in [format!("#[{name}]"), format!("#[cfg_attr(unix, {name}(x = 1))]")] {
                let error = read(&attribute).err().unwrap().to_string();
                assert!(error.starts_with("remove this attribute: `#[netns_test]` makes the test"));
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

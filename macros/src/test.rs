use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ReturnType, Type};

use crate::attributes::Attributes;
use crate::function::Function;
use crate::options::{Options, Runtime};
use crate::parameter::Parameter;

/// A function that was found to be a test.
pub(crate) struct Test {
    pub(crate) options: Options,
    pub(crate) attributes: Attributes,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) function: Function,
}

impl ToTokens for Test {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend([self.on_linux(), self.elsewhere()]);
    }
}

impl Test {
    fn on_linux(&self) -> TokenStream {
        let Function { visibility, signature, body, .. } = &self.function;
        let attributes = self.attributes.of_the_test();
        let name = &signature.ident;
        let parameters = self.parameters.iter().map(Parameter::description);
        let (case, job) = (self.case(), self.job());
        // The compiler reports here that the type cannot be the result of a test.
        let span = match &signature.output {
            ReturnType::Type(_, output) => output.span(),
            ReturnType::Default => name.span(),
        };
        let run =
            quote_spanned!(Span::mixed_site().located_at(span)=> ::netns_test::__private::run);
        quote! {
            #[cfg(target_os = "linux")]
            #attributes
            #[::core::prelude::v1::test]
            #visibility fn #name() {
                #signature #body
                #run(&#case, &[#(#parameters),*], #job)
            }
        }
    }

    fn elsewhere(&self) -> TokenStream {
        let Function { visibility, signature, .. } = &self.function;
        let attributes = self.attributes.of_the_stand_in();
        let name = &signature.ident;
        quote! {
            #[cfg(not(target_os = "linux"))]
            #attributes
            #[::core::prelude::v1::test]
            #[ignore = "netns-test needs Linux"]
            #visibility fn #name() {}
        }
    }

    fn case(&self) -> TokenStream {
        let ident = &self.function.signature.ident;
        let name = ident.to_string();
        // Only tokens with the user's own span are at the line of the user's function.
        let line = quote_spanned!(ident.span()=> ::core::line!());
        let timeout = match self.options.timeout() {
            Some(timeout) => timeout.to_token_stream(),
            None => quote!(::netns_test::__private::DEFAULT_TIMEOUT),
        };
        let should_panic = self.attributes.should_panic();
        let serial = self.options.serial();
        quote! {
            ::netns_test::__private::Case {
                package: ::core::option_env!("CARGO_PKG_NAME"),
                module: ::core::module_path!(),
                name: #name,
                file: ::core::file!(),
                line: #line,
                timeout: #timeout,
                should_panic: #should_panic,
                serial: &[#(#serial),*],
            }
        }
    }

    /// The call that runs the future of an async test on the runtime that it asks for.
    fn block_on(&self, future: &TokenStream) -> TokenStream {
        let threads = match self.options.runtime() {
            None | Some(Runtime::CurrentThread) => {
                return quote!(::netns_test::__private::block_on(#future));
            }
            Some(Runtime::MultiThread(None)) => quote!(::core::option::Option::None),
            Some(Runtime::MultiThread(Some(threads))) => {
                quote!(::core::option::Option::Some(#threads))
            }
        };
        quote!(::netns_test::__private::block_on_threads(#threads, #future))
    }

    /// The closure that makes the fixtures and runs the user's function.
    fn job(&self) -> TokenStream {
        let signature = &self.function.signature;
        let name = &signature.ident;
        let net = Ident::new("__net", Span::mixed_site());
        let arguments = self.parameters.iter().map(|parameter| parameter.argument(&net));
        let call = quote!(#name(#(#arguments),*));
        let call = match signature.asyncness {
            Some(_) => self.block_on(&call),
            None => call,
        };
        let unreachable = never(&signature.output)
            .then(|| quote!(#[allow(unreachable_code, reason = "the test never returns")]));
        quote!(#unreachable |#net| ::core::result::Result::Ok(#call))
    }
}

/// Whether the function is known not to return, and `Ok(…)` around its call not to be reached.
fn never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if matches!(**output, Type::Never(_)))
}

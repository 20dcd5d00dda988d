//! The order of the parts of the library: `src/lib.rs` lists them, and each uses only what stands
//! above it. This follows what the compiler would, paths in expressions and types as well as `use`,
//! `super::`, and names that `lib.rs` gives again; it is not about tests in the library, which use
//! it as a user does.
//!
//! What another part gives again (`pub(crate) use`) needs no look of its own: that part uses it, and
//! is looked at too.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use netns_test::Feature;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

#[test]
fn each_part_of_the_library_uses_only_parts_above_it() {
    let library = Library::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(library.parts.len() > 10 && library.paths.len() > 300, "the sources have been read");
    let upward = library.upward();
    assert!(upward.is_empty(), "{}", described(&upward));
}

#[test]
fn a_path_is_found_wherever_it_stands() {
    let source = r#"
        use crate::{a::{B, c::*}, d as e};
        pub(crate) use super::super::f::G;
        fn h(i: &crate::i::I) -> String { format!("{}", crate::j::k::<crate::l::L>(self::m::N)) }
        /// [`crate::documentation::Is`] not code.
        #[cfg(test)] mod tests { use crate::not::Looked; }
        mod inner { use super::o::P; }
    "#;
    let mut library = Library::default();
    library.walk(
        &Place { file: "x".into(), module: vec!["t".into(), "u".into()] },
        source.parse().expect("Rust"),
    );
    let found: Vec<_> = library
        .paths
        .iter()
        .map(|found| format!("{}: {}", found.line, found.path.join("::")))
        .collect();
    assert_eq!(
        found,
        [
            "2: a::B",
            "2: a::c::*",
            "2: d",
            "3: f::G",
            "4: i::I",
            "4: j::k",
            "4: l::L",
            "4: t::u::m::N",
            "7: t::u::o::P",
        ]
    );
}

#[test]
fn a_part_that_uses_one_below_it_is_named_with_each_line() {
    let mut library = Library { parts: vec!["top".into(), "bottom".into()], ..Library::default() };
    library.given_again.insert(vec!["Below".into()], vec!["bottom".into(), "Below".into()]);
    library.walk(
        &Place { file: "src/top/x.rs".into(), module: vec!["top".into(), "x".into()] },
        "use crate::Below;\nfn f() { crate::bottom::g() }".parse().expect("Rust"),
    );
    library.walk(
        &Place { file: "src/bottom.rs".into(), module: vec!["bottom".into()] },
        "use crate::top::x::f;".parse().expect("Rust"),
    );
    assert_eq!(
        described(&library.upward()),
        "`top` uses `bottom`, which stands below it in src/lib.rs:\n  \
         src/top/x.rs:1: crate::Below\n  \
         src/top/x.rs:2: crate::bottom::g\n"
    );
}

/// The README shows the test without the lines that stand in for the code under test; the guide has it
/// with them, and is compiled.
#[test]
fn the_readme_shows_the_first_test_of_the_guide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let first_block = |file: &str, fence: &str| -> Vec<String> {
        let text = fs::read_to_string(root.join(file)).expect("it is there");
        let lines = text.lines().skip_while(|line| *line != fence).skip(1);
        let block = lines.take_while(|line| *line != "```").filter(|line| !line.starts_with("# "));
        block.map(str::to_owned).collect()
    };
    let shown = first_block("README.md", "```rs");
    assert!(shown.len() > 10, "it is there");
    assert_eq!(shown, first_block("src/guide.md", "```no_run"));
}

/// Tests that need something say so in the words of the features, one and the same everywhere.
#[test]
fn ignored_tests_name_what_they_need_as_features() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources =
        ["src", "tests", "examples"].into_iter().flat_map(|folder| sources(&root.join(folder)));
    let mut seen = 0;
    for file in sources {
        let source = fs::read_to_string(&file).expect("it is there");
        // Written in two pieces, or it would find itself.
        for (_, rest) in source
            .match_indices(concat!("ignore = ", "\"NOT RUN: needs "))
            .map(|(at, found)| source.split_at(at + found.len()))
        {
            let needed = rest.split('"').next().unwrap_or_default();
            assert_eq!(Feature::list(&features(needed)), needed, "{}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 50, "they have been read");
}

/// The features that a text is about.
fn features(text: &str) -> Vec<Feature> {
    let known = Feature::ALL.into_iter().filter(|feature| text.contains(&feature.to_string()));
    let programs = text.split("the program").nth(1).unwrap_or_default();
    let names = programs.split([' ', ',']).filter(|word| !matches!(*word, "" | "s" | "and"));
    known.chain(names.map(Feature::program)).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
    {
        if entry.is_dir() {
            all.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            all.push(entry);
        }
    }
    all
}

/// The parts of the library in their order, and the paths in it.
#[derive(Default)]
struct Library {
    parts: Vec<String>,
    /// What a name in `lib.rs` stands for: `error::Error` for `Error`.
    given_again: BTreeMap<Vec<String>, Vec<String>>,
    paths: Vec<Found>,
    /// Modules in files of their own that are still to be read.
    unread: Vec<Vec<String>>,
}

/// Where a stretch of source is.
#[derive(Clone)]
struct Place {
    file: String,
    module: Vec<String>,
}

/// A path as it was found.
struct Found {
    file: String,
    line: usize,
    /// The part of the library that it is in.
    part: String,
    path: Vec<String>,
}

impl Library {
    fn read(root: &Path) -> Self {
        let mut library = Self::default();
        let lib = parsed(&root.join("src/lib.rs"));
        library.note_given_again(&[], &lib);
        library.walk(&Place { file: "src/lib.rs".into(), module: Vec::new() }, lib);
        library.parts = library.unread.iter().map(|module| module[0].clone()).collect();
        while let Some(module) = library.unread.pop() {
            let stem = format!("src/{}", module.join("/"));
            let file = [format!("{stem}.rs"), format!("{stem}/mod.rs")]
                .into_iter()
                .find(|file| root.join(file).exists())
                .unwrap_or_else(|| panic!("there is no file for the module {}", module.join("::")));
            let tokens = parsed(&root.join(&file));
            library.walk(&Place { file, module }, tokens);
        }
        library
    }

    /// Takes note of the names that `lib.rs` gives again.
    fn note_given_again(&mut self, module: &[String], tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        for at in 0..tokens.len() {
            match &tokens[at..] {
                [TokenTree::Ident(word), TokenTree::Ident(_), ..] if word == "use" => {
                    for (_, mut path) in leaves(&tokens, at + 1, &[]).0 {
                        path.retain(|segment| segment != "crate");
                        let name = path.last().expect("a path has a segment").clone();
                        self.given_again.insert([module, &[name]].concat(), path);
                    }
                }
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
                    if word == "mod" =>
                {
                    self.note_given_again(&[module, &[name.to_string()]].concat(), &body.stream());
                }
                _ => {}
            }
        }
    }

    /// Takes note of the paths and modules in `tokens`.
    fn walk(&mut self, place: &Place, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at..] {
                [hash, TokenTree::Group(attribute), ..] if is(hash, '#') => {
                    let is_test = attribute.to_string().replace(' ', "") == "[cfg(test)]";
                    if is_test { after_item(&tokens, at + 2) } else { at + 2 }
                }
                [TokenTree::Ident(word), TokenTree::Ident(name), body, ..] if word == "mod" => {
                    self.walk_module(place, name, body);
                    at + 3
                }
                [TokenTree::Ident(first), ..]
                    if starts_path(first) && is_path(&tokens[at + 1..]) =>
                {
                    let (found, next) = leaves(&tokens, at, &[]);
                    found.into_iter().for_each(|(line, path)| self.note_path(place, line, path));
                    next
                }
                [TokenTree::Group(group), ..] => {
                    self.walk(place, group.stream());
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    fn walk_module(&mut self, place: &Place, name: &Ident, body: &TokenTree) {
        let module = [&place.module[..], &[name.to_string()]].concat();
        match body {
            TokenTree::Group(body) => self.walk(&Place { module, ..place.clone() }, body.stream()),
            _ => self.unread.push(module),
        }
    }

    fn note_path(&mut self, place: &Place, line: usize, path: Vec<String>) {
        if place.file == "src/lib.rs" {
            return;
        }
        let supers = path.iter().filter(|segment| *segment == "super").count();
        let base = match path[0].as_str() {
            "self" | "super" => &place.module[..place.module.len() - supers],
            _ => &[],
        };
        let rest =
            path.iter().filter(|segment| !matches!(segment.as_str(), "crate" | "self" | "super"));
        self.paths.push(Found {
            file: place.file.clone(),
            line,
            part: place.module[0].clone(),
            path: base.iter().chain(rest).cloned().collect(),
        });
    }

    /// The part in which that stands which `path` means.
    fn part_of<'a>(&'a self, path: &'a [String]) -> Option<&'a str> {
        let meant = (1..=path.len()).find_map(|length| self.given_again.get(&path[..length]));
        Some(meant.map_or(path, Vec::as_slice).first()?)
    }

    /// The paths from a part to one below it, by the names of both.
    fn upward(&self) -> BTreeMap<(&str, &str), Vec<&Found>> {
        let position = |part: &str| self.parts.iter().position(|other| other == part);
        let mut upward: BTreeMap<_, Vec<&Found>> = BTreeMap::new();
        for found in &self.paths {
            let Some(used) = self.part_of(&found.path) else { continue };
            assert!(
                position(used).is_some(),
                "{}:{}: what is {}?",
                found.file,
                found.line,
                found.path.join("::")
            );
            if position(used) > position(&found.part) {
                upward.entry((found.part.as_str(), used)).or_default().push(found);
            }
        }
        upward
    }
}

fn described(upward: &BTreeMap<(&str, &str), Vec<&Found>>) -> String {
    let mut text = String::new();
    for ((part, used), found) in upward {
        let _ = writeln!(text, "`{part}` uses `{used}`, which stands below it in src/lib.rs:");
        let mut lines: Vec<_> = found
            .iter()
            .map(|found| (&found.file, found.line, format!("crate::{}", found.path.join("::"))))
            .collect();
        lines.sort();
        for (file, line, path) in lines {
            let _ = writeln!(text, "  {file}:{line}: {path}");
        }
    }
    text
}

fn parsed(file: &Path) -> TokenStream {
    let source =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    source.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The paths that the one at `at` stands for, each with its line, and where it ends.
fn leaves(
    tokens: &[TokenTree],
    mut at: usize,
    prefix: &[String],
) -> (Vec<(usize, Vec<String>)>, usize) {
    let mut path = prefix.to_vec();
    let mut line = tokens[at].span().start().line;
    loop {
        match &tokens[at] {
            TokenTree::Ident(segment) => path.push(segment.to_string()),
            TokenTree::Group(branches) if branches.delimiter() == Delimiter::Brace => {
                let branches: Vec<TokenTree> = branches.stream().into_iter().collect();
                let branches =
                    branches.split(|token| is(token, ',')).filter(|branch| !branch.is_empty());
                return (branches.flat_map(|branch| leaves(branch, 0, &path).0).collect(), at + 1);
            }
            TokenTree::Punct(star) if star.as_char() == '*' => path.push("*".into()),
            _ => break,
        }
        line = tokens[at].span().start().line;
        at += 1;
        if !is_path(&tokens[at..]) {
            break;
        }
        at += 2;
    }
    (vec![(line, path)], at)
}

/// Where the item ends that begins at `at`, with its other attributes.
fn after_item(tokens: &[TokenTree], mut at: usize) -> usize {
    while at < tokens.len() {
        let ends = match &tokens[at] {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            token => is(token, ';'),
        };
        at += 1;
        if ends {
            break;
        }
    }
    at
}

fn starts_path(ident: &Ident) -> bool {
    ident == "crate" || ident == "self" || ident == "super"
}

/// Whether `::` comes, and something after it.
fn is_path(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, _, ..] if is(first, ':') && is(second, ':'))
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

//! The examples of commands. `tests/cli/examples.rs` runs every line that begins with `$ k5`, in this order, in one folder over one
//! emulator.

/// The examples of a command, by its words.
pub(super) fn of(path: &str) -> Option<&'static str> {
    EXAMPLES.iter().find(|(of, _)| *of == path).map(|(_, text)| *text)
}

/// In the order of the commands' list.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "",
        "  A cloud to try things out, without a server:
  $ k5 --cloud emulator object cp notes.txt swift://demo/
  A real one: enter where it is and who you are, then check everything
  $ k5 help configure
  $ k5 doctor",
    ),
    (
        "object cp",
        "  Upload a file, under its own name and under another
  $ k5 object cp notes.txt swift://archive/
  $ k5 object cp notes.txt swift://archive/2026/todo.txt
  Upload a folder, and fetch it again
  $ k5 object cp -r photos/ swift://archive/photos/
  $ k5 object cp -r swift://archive/photos/ restored/
  Upload whatever comes from a pipe
  $ k5 object cp - swift://archive/list.txt <notes.txt
  Copy within the cloud, and see first what would be copied
  $ k5 object cp -r --dry-run swift://archive/photos/ swift://backup/photos/
  $ k5 object cp -r swift://archive/photos/ swift://backup/photos/",
    ),
    (
        "object sync",
        "  Store what is new or has changed, and delete what is gone here
  $ k5 object sync --delete photos/ swift://backup/photos/
  Only see what would be done, comparing contents instead of times
  $ k5 object sync --dry-run --checksum photos/ swift://backup/photos/
  Fetch all but drafts, and keep what is replaced
  $ k5 object sync --exclude '*.draft' --backup-dir replaced/ swift://backup/photos/ photos/",
    ),
    (
        "object mv",
        "  Rename an object
  $ k5 object mv swift://archive/list.txt swift://archive/old/list.txt
  Move a folder to another container
  $ k5 object mv -r swift://backup/photos/ swift://archive/copies/",
    ),
    (
        "object ls",
        "  The containers; what is in one; everything below a folder, with sizes
  $ k5 object ls
  $ k5 object ls swift://archive
  $ k5 object ls -r -l swift://archive/photos/
  For a script
  $ k5 object ls -r -o jsonl swift://archive",
    ),
    ("object cat", "  $ k5 object cat swift://archive/notes.txt"),
    (
        "object stat",
        "  $ k5 object stat swift://archive/notes.txt
  Only the size
  $ k5 object stat -o value -c content_length swift://archive/notes.txt",
    ),
    (
        "object set",
        "  $ k5 object set --property owner=ops --content-type text/plain swift://archive/notes.txt
  Let it be deleted in a week
  $ k5 object set --expire-after 7d swift://archive/notes.txt",
    ),
    ("object unset", "  $ k5 object unset --property owner swift://archive/notes.txt"),
    (
        "object create",
        "  Upload files under their own names, and one under another
  $ k5 object create archive notes.txt
  $ k5 object create --name plants.txt archive notes.txt",
    ),
    (
        "object save",
        "  Download an object to a file of its name, or to another
  $ k5 object save archive plants.txt
  $ k5 object save --file copy.txt archive plants.txt",
    ),
    (
        "object rm",
        "  $ k5 object rm swift://archive/2026/todo.txt
  A folder with everything in it
  $ k5 object rm -r swift://archive/copies/",
    ),
    (
        "object temp-url",
        "  Once for each account: set the key that signs the links
  $ k5 account set --temp-url-key-file key.txt
  A link to download an object, valid for two hours
  $ k5 object temp-url --expires-in 2h swift://archive/notes.txt
  Links to everything below a folder
  $ k5 object temp-url --prefix swift://archive/photos/",
    ),
    (
        "object gc-segments",
        "  See which segments no object uses any more
  $ k5 object gc-segments --dry-run swift://archive
  Remove those that are older than a week
  $ k5 object gc-segments --yes --older-than 7d swift://archive",
    ),
    ("object store account show", "  $ k5 object store account show"),
    ("object store account set", "  $ k5 object store account set --property unit=lab"),
    ("object store account unset", "  $ k5 object store account unset --property unit"),
    (
        "container create",
        "  $ k5 container create logs
  One that anyone may read, of at most 1 GB
  $ k5 container create --public --quota-bytes 1000000000 site",
    ),
    (
        "container list",
        "  $ k5 container list
  With the number of objects and their sizes
  $ k5 container list --long",
    ),
    ("container show", "  $ k5 container show archive"),
    ("container save", "  $ k5 container save backup"),
    (
        "container set",
        "  $ k5 container set --property team=ops archive
  Let anyone read, and later nobody but the project
  $ k5 container set --public site
  $ k5 container set --private site",
    ),
    ("container unset", "  $ k5 container unset --property team archive"),
    (
        "container delete",
        "  An empty one; one with everything in it
  $ k5 container delete logs
  $ k5 container delete -r backup",
    ),
    (
        "account show",
        "  $ k5 account show
  Only the number of bytes stored
  $ k5 account show -o value -c bytes_used",
    ),
    (
        "account set",
        "  $ k5 account set --property contact=ops@example.com
  $ k5 account set --temp-url-key-file key.txt",
    ),
    ("account unset", "  $ k5 account unset --property contact"),
    (
        "token issue",
        "  $ k5 token issue -c expires
  In a script: the token alone
  $ k5 token issue -o value -c id >token.txt",
    ),
    ("catalog list", "  $ k5 catalog list\n  $ k5 catalog list -o json"),
    ("catalog show", "  $ k5 catalog show compute\n  $ k5 catalog show image -o json"),
    (
        "api",
        "  Which operations there are, and one of them
  $ k5 api --list
  $ k5 api list_objects --param container=archive --param limit=2
  One with a document; the error names a field that is unknown
  $ k5 api compute.create_keypair --body keypair.json
  The answer as it came
  $ k5 api compute.list_flavors --raw",
    ),
    (
        "configure",
        "  On a terminal, k5 configure asks for everything. In a script, for Fujitsu K5:
  $ k5 configure --name prod --os-region-name uk-1 --os-username ops \\
      --os-user-domain-name CONTRACT --no-verify <password.txt
  Any OpenStack cloud; the password is in the variable OS_PASSWORD, or the first line of stdin
  $ k5 configure --name lab --os-auth-url https://lab.example:5000/v3 --os-username ops \\
      --os-user-domain-name Default --os-project-name demo --no-verify <password.txt",
    ),
    (
        "doctor",
        "  $ k5 doctor
  For a program
  $ k5 doctor -o json >checks.json",
    ),
    (
        "emulator serve",
        "  Serve a local cloud, and let any client of OpenStack use it
  $ k5 emulator serve --dir cloud >emulator.env &
  $ . ./emulator.env",
    ),
    (
        "completion",
        "  bash, for this user
  $ k5 completion bash >~/.local/share/bash-completion/completions/k5
  zsh, in a folder of $fpath
  $ k5 completion zsh >~/.zfunc/_k5
  fish
  $ k5 completion fish >~/.config/fish/completions/k5.fish",
    ),
    (
        "man",
        "  $ k5 man man1
  $ man -l man1/k5-object-cp.1",
    ),
    (
        "help",
        "  $ k5 help
  $ k5 help object cp
  Search the help of all commands
  $ k5 help --all | grep -i expire",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    /// Every command that has a section here is there, in that order; and every command of these nouns has examples.
    #[test]
    fn each_command_has_its_examples() {
        let mut paths = vec![String::new()];
        collect(&Cli::command(), "", &mut paths);
        for (path, text) in EXAMPLES {
            assert!(paths.iter().any(|known| known == path), "there is no command {path:?}");
            assert!(text.lines().any(|line| line.trim_start().starts_with("$ k5 ")), "{path}");
            assert!(text.lines().all(|line| line.len() <= 130), "{path}: a line is too long");
        }
        let ours = "object container account token catalog api configure doctor emulator completion man help";
        for noun in ours.split(' ') {
            for path in paths.iter().filter(|path| path.split(' ').next() == Some(noun)) {
                let is_leaf = !paths.iter().any(|other| other.starts_with(&format!("{path} ")));
                assert!(!is_leaf || of(path).is_some(), "k5 {path} has no examples");
            }
        }
    }

    fn collect(command: &clap::Command, path: &str, into: &mut Vec<String>) {
        for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            let path = format!("{path} {}", command.get_name()).trim_start().to_owned();
            collect(command, &path, into);
            into.push(path);
        }
    }
}

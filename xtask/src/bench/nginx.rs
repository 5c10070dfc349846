//! nginx on loopback, for as long as the value lives.

use super::measure::Argv;
use super::tools::Tools;
use super::work::{Content, Work, remove, text};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ACCOUNT: &str = "/v1/AUTH_bench";
pub(crate) const CONTAINER: &str = "bench";
/// What the server gives as token is not looked at.
pub(crate) const TOKEN: &str = "token";
/// The name of an object whose ETag is wrong.
const WRONG: &str = "wrong";

pub(crate) struct Nginx {
    process: Child,
    port: u16,
    folder: PathBuf,
    /// The authority's certificate, with TLS.
    pub(crate) authority: Option<PathBuf>,
}

impl Nginx {
    /// Starts it with these contents; each can be fetched as `get-NAME` and stored as `put-NAME`.
    pub(crate) fn start(root: &Path, work: &Work, tools: &Tools, contents: &[&Content], tls: bool) -> Result<Self, String> {
        let program = tools.find("nginx")?;
        let folder = work.path().join(if tls { "nginx-tls" } else { "nginx" });
        let objects = folder.join(format!("www{ACCOUNT}/{CONTAINER}"));
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(&objects).map_err(failed)?;
        std::fs::write(objects.join(format!("get-{WRONG}")), "not what the ETag says").map_err(failed)?;
        for content in contents {
            std::fs::hard_link(&content.path, objects.join(content.get_name())).map_err(failed)?;
        }
        let authority = if tls { Some(certify(tools, work, &folder)?) } else { None };
        let port = free_port().map_err(failed)?;
        let template = crate::workspace::read(&root.join("tests/bench/nginx.conf.in"))?;
        let user = Argv::new("id").args(["-un"]).output(&work.home())?;
        let text = configuration(&template, &folder, user.trim(), port, contents, tls);
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).map_err(failed)?;
        let errors = std::fs::File::create(folder.join("stderr")).map_err(failed)?;
        // It ends with us, also when we are killed.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "TERM", "--"])
            .arg(program)
            .arg("-e")
            .arg(folder.join("nginx.err"))
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors);
        let process = command.spawn().map_err(|error| format!("nginx: {error}"))?;
        let mut nginx = Self { process, port, folder, authority };
        nginx.wait()?;
        Ok(nginx)
    }

    fn wait(&mut self) -> Result<(), String> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.process.try_wait().is_ok_and(|status| status.is_some());
            if ended || start.elapsed() > Duration::from_secs(10) {
                let said = std::fs::read_to_string(self.folder.join("stderr")).unwrap_or_default();
                return Err(format!("nginx does not start: {}", said.trim().replace('\n', " / ")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(crate) fn storage_url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}{ACCOUNT}", self.port)
    }

    pub(crate) fn url(&self, object: &str) -> String {
        format!("{}/{CONTAINER}/{object}", self.storage_url())
    }

    /// The file behind an object.
    pub(crate) fn file(&self, object: &str) -> PathBuf {
        self.folder.join(format!("www{ACCOUNT}/{CONTAINER}/{object}"))
    }

    /// `k5 object cp` from and to this server. It verifies unless `options` say otherwise.
    pub(crate) fn k5(&self, tools: &Tools, options: &[&str], from: &str, to: &str) -> Argv {
        let authority = self.authority.iter().flat_map(|path| ["--os-cacert".to_owned(), text(path)]);
        Argv::new(&tools.k5)
            // It knows no manifests: one request for each object.
            .args(["object", "cp", "--no-progress", "--segment-size", "5G"])
            .args(authority)
            .args(options.iter().copied())
            .args([from, to])
            .env("OS_STORAGE_URL", &self.storage_url())
            .env("OS_AUTH_TOKEN", TOKEN)
    }

    pub(crate) fn curl(&self, arguments: &[&str], object: &str) -> Argv {
        let authority = self.authority.iter().flat_map(|path| ["--cacert".to_owned(), text(path)]);
        Argv::new("curl").args(["-sSf"]).args(authority).args(arguments.iter().copied()).args([self.url(object)])
    }

    /// What is measured is worth nothing unless the server tells the right ETags and `k5` looks at them.
    pub(crate) fn check(&self, work: &Work, tools: &Tools, content: &Content) -> Result<(), String> {
        let head = self.curl(&["--head"], &content.get_name()).output(&work.home())?.to_lowercase();
        if !head.contains(&format!("etag: {}", content.md5)) {
            return Err(format!("nginx does not tell the ETag of {}", content.name));
        }
        let small = work.path().join("wrong-source");
        std::fs::write(&small, "something else").map_err(|error| error.to_string())?;
        let cloud = |name: &str| format!("swift://{CONTAINER}/{name}-{WRONG}");
        let (source, target) = (text(&small), text(&work.target()));
        for (from, to) in [(&source, &cloud("put")), (&cloud("get"), &target)] {
            if self.k5(tools, &[], from, to).output(&work.home()).is_ok() {
                return Err(format!("k5 accepts a wrong ETag: {from} -> {to}"));
            }
            // To overwrite is another success than to create.
            remove(&self.file(&format!("put-{WRONG}")))?;
            self.k5(tools, &["--no-verify"], from, to).output(&work.home())?;
        }
        remove(&self.file(&format!("put-{WRONG}")))?;
        work.remove_target()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master stops its worker when it is asked, not when it is killed.
        let asked = Command::new("kill").arg(self.process.id().to_string()).status().is_ok_and(|status| status.success());
        if !asked {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn configuration(template: &str, folder: &Path, user: &str, port: u16, contents: &[&Content], tls: bool) -> String {
    let line = |name: &str, md5: &str| format!("        ~/(get|put)-{name}$ \"{md5}\";\n");
    let mut etags: String = contents.iter().map(|content| line(content.name, &content.md5)).collect();
    etags.push_str(&line(WRONG, "0123456789abcdef0123456789abcdef"));
    let folder = folder.to_string_lossy();
    // One cipher, so that both sides of a comparison do the same work.
    let tls = match tls {
        true => format!(
            "        ssl_certificate {folder}/cert.pem;\n        ssl_certificate_key {folder}/cert.key;\n        \
             ssl_protocols TLSv1.3;\n        ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;\n"
        ),
        false => String::new(),
    };
    let listen = if tls.is_empty() { port.to_string() } else { format!("{port} ssl") };
    template
        .replace("@USER@", user)
        .replace("@DIR@", &folder)
        .replace("@PORT@", &listen)
        .replace("@ETAGS@\n", &etags)
        .replace("@TLS@\n", &tls)
}

/// An authority, and a certificate for 127.0.0.1 that it has signed: rustls takes no authority for a server.
fn certify(tools: &Tools, work: &Work, folder: &Path) -> Result<PathBuf, String> {
    let openssl = tools.find("openssl")?;
    let path = |name: &str| text(&folder.join(name));
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\n").map_err(|error| error.to_string())?;
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let run = |arguments: Vec<String>| Argv::new(&openssl).args(arguments).output(&work.home()).map(drop);
    let request = |out: &str, key_file: &str, name: &str| -> Vec<String> {
        let rest = ["-keyout", &path(key_file), "-out", &path(out), "-subj", name].map(str::to_owned);
        ["req"].into_iter().chain(key).map(str::to_owned).chain(rest).collect()
    };
    let mut authority = request("ca.pem", "ca.key", "/CN=k5 benchmark authority");
    authority.extend(["-x509", "-days", "30"].map(str::to_owned));
    run(authority)?;
    run(request("cert.csr", "cert.key", "/CN=127.0.0.1"))?;
    let sign = ["x509", "-req", "-days", "30", "-CAcreateserial", "-in", &path("cert.csr"), "-CA", &path("ca.pem")];
    let to = ["-CAkey", &path("ca.key"), "-extfile", &path("names"), "-out", &path("cert.pem")];
    run(sign.into_iter().chain(to).map(str::to_owned).collect())?;
    Ok(folder.join("ca.pem"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_filled_in() {
        let template = crate::workspace::read(&crate::workspace::root().join("tests/bench/nginx.conf.in")).expect("it is there");
        let content = Content { name: "random", path: "/x/random".into(), bytes: 1, md5: "ab".repeat(16) };
        let plain = configuration(&template, Path::new("/x"), "me", 1234, &[&content], false);
        assert!(
            plain.contains("listen 127.0.0.1:1234;") && plain.contains("root /x/www;") && plain.contains("user me;"),
            "{plain}"
        );
        assert!(plain.contains(&format!("~/(get|put)-random$ \"{}\";", "ab".repeat(16))), "{plain}");
        let tls = configuration(&template, Path::new("/x"), "me", 1234, &[&content], true);
        assert!(tls.contains("listen 127.0.0.1:1234 ssl;") && tls.contains("ssl_certificate /x/cert.pem;"), "{tls}");
        for text in [plain, tls] {
            assert!(!text.lines().any(|line| !line.starts_with('#') && line.contains('@')), "{text}");
        }
    }
}

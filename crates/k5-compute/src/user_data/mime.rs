//! Several documents as MIME multipart, the way cloud-init reads it: with Python's parser, which keeps a part's bytes only if they are
//! ASCII or in Base64.

use super::part::Part;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Where cloud-init looks for the header that makes a document MIME, in bytes.
const HEAD: usize = 4096;
/// The longest line that every parser takes as it is.
const LINE: usize = 998;
/// The length of a line of Base64.
const BASE64_LINE: usize = 76;

/// Whether cloud-init would parse a plain document as MIME.
pub(super) fn looks_like_mime(content: &[u8]) -> bool {
    let head = content[..content.len().min(HEAD)].to_ascii_lowercase();
    contains(&head, b"mime-version:")
}

/// The document.
pub(super) fn multipart(parts: &[Part]) -> Vec<u8> {
    let boundary = boundary(parts);
    let mut out = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n").into_bytes();
    for part in parts {
        out.extend_from_slice(format!("--{boundary}\n{}\n", head(part)).as_bytes());
        match is_plain(&part.content) {
            true => out.extend_from_slice(&part.content),
            false => {
                let encoded = STANDARD.encode(&part.content);
                for line in encoded.as_bytes().chunks(BASE64_LINE) {
                    out.extend_from_slice(line);
                    out.push(b'\n');
                }
            }
        }
        // This one belongs to the boundary.
        out.push(b'\n');
    }
    out.extend_from_slice(format!("--{boundary}--\n").as_bytes());
    out
}

fn head(part: &Part) -> String {
    let kind = &part.content_type;
    let charset = if kind.starts_with("text/") { "; charset=\"utf-8\"" } else { "" };
    let encoding = if is_plain(&part.content) { "7bit" } else { "base64" };
    let mut head = format!("Content-Type: {kind}{charset}\nMIME-Version: 1.0\nContent-Transfer-Encoding: {encoding}\n");
    if let Some(name) = &part.name {
        head += &format!("Content-Disposition: attachment; filename=\"{name}\"\n");
    }
    if let Some(how) = &part.merge_type {
        head += &format!("Merge-Type: {how}\n");
    }
    head
}

/// Whether the bytes can be included as they are.
fn is_plain(content: &[u8]) -> bool {
    content.iter().all(|b| b.is_ascii() && *b != 0 && *b != b'\r') && content.split(|b| *b == b'\n').all(|line| line.len() <= LINE)
}

/// A boundary that no part contains; the same parts always get the same one.
fn boundary(parts: &[Part]) -> String {
    let names = (0_u64..).map(|number| format!("===============k5-user-data-{number}=="));
    let is_free = |name: &String| !parts.iter().any(|part| contains(&part.content, name.as_bytes()));
    let mut free = names.filter(is_free);
    free.next().unwrap_or_default()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &[Part]) -> String {
        String::from_utf8(multipart(parts)).expect("ASCII")
    }

    #[test]
    fn every_byte_of_it() {
        let parts = [
            Part::cloud_config("users:\n- default").merge_type("list(append)"),
            Part::script("#!/bin/sh\necho done\n").name("10-done.sh"),
            Part::other("application/x-mine", [0, 255]),
        ];
        let expected = "Content-Type: multipart/mixed; boundary=\"===============k5-user-data-0==\"\nMIME-Version: 1.0\n\n\
            --===============k5-user-data-0==\n\
            Content-Type: text/cloud-config; charset=\"utf-8\"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\nMerge-Type: list(append)\n\n\
            users:\n- default\n\
            --===============k5-user-data-0==\n\
            Content-Type: text/x-shellscript; charset=\"utf-8\"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\n\
            Content-Disposition: attachment; filename=\"10-done.sh\"\n\n\
            #!/bin/sh\necho done\n\n\
            --===============k5-user-data-0==\n\
            Content-Type: application/x-mine\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n\
            AP8=\n\n\
            --===============k5-user-data-0==--\n";
        assert_eq!(text(&parts), expected);
    }

    #[test]
    fn what_is_not_plain_is_encoded() {
        for content in
            ["#!/bin/sh\necho é\n".to_owned(), "#!/bin/sh\r\n".to_owned(), format!("#!{}", "a".repeat(997)), "#!\0".to_owned()]
        {
            let text = text(&[Part::script(content.clone())]);
            assert!(text.contains("Content-Transfer-Encoding: base64\n\n"), "{text}");
            let body = text.split("\n\n").nth(2).expect("a body");
            assert!(body.lines().all(|line| line.len() <= BASE64_LINE));
            assert_eq!(STANDARD.decode(body.replace('\n', "")).expect("Base64"), content.as_bytes());
        }
        assert!(text(&[Part::script(format!("#!{}\n", "a".repeat(996)))]).contains("7bit"));
    }

    #[test]
    fn the_boundary_is_in_no_part() {
        let nasty = Part::script("#!/bin/sh\n--===============k5-user-data-0==--\n===============k5-user-data-1==\n");
        let text = text(&[nasty]);
        assert!(text.starts_with("Content-Type: multipart/mixed; boundary=\"===============k5-user-data-2==\""), "{text}");
        assert_eq!(text.matches("k5-user-data-2").count(), 3);
    }
}

//! Certificates for `--tls`, made at start: one authority, one server certificate, good or wrong in one way.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io;
use std::str::FromStr;
use std::sync::Arc;

/// What is wrong with the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Nothing: it names 127.0.0.1, ::1, localhost and panel.test.
    Good,
    /// It names another host.
    WrongName,
    /// It ended in 2001.
    Expired,
    /// No authority signed it.
    SelfSigned,
}

impl FromStr for TlsMode {
    type Err = String;

    fn from_str(text: &str) -> Result<TlsMode, String> {
        match text {
            "good" => Ok(TlsMode::Good),
            "wrong-name" => Ok(TlsMode::WrongName),
            "expired" => Ok(TlsMode::Expired),
            "self-signed" => Ok(TlsMode::SelfSigned),
            other => Err(format!(
                "--tls-mode is good, wrong-name, expired or self-signed, not {other}"
            )),
        }
    }
}

/// What serving https needs and what clients may want to trust.
#[derive(Debug)]
pub struct Prepared {
    /// The server's side.
    pub config: Arc<ServerConfig>,
    /// The authority's certificate as PEM, for the client's CA file.
    pub authority: String,
    /// The server's own certificate as PEM: what a client has to trust when no authority signed it.
    pub certificate: String,
}

/// Makes the certificates.
pub fn prepare(mode: TlsMode) -> io::Result<Prepared> {
    make(mode).map_err(|e| io::Error::other(format!("cannot make a certificate: {e}")))
}

fn make(mode: TlsMode) -> Result<Prepared, Box<dyn std::error::Error + Send + Sync>> {
    let mut authority = CertificateParams::new(Vec::<String>::new())?;
    authority
        .distinguished_name
        .push(rcgen::DnType::CommonName, "provisor-simulator authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let names: Vec<String> = match mode {
        TlsMode::WrongName => vec!["wrong.example".into()],
        _ => vec![
            "127.0.0.1".into(),
            "::1".into(),
            "localhost".into(),
            "panel.test".into(),
        ],
    };
    let mut server = CertificateParams::new(names)?;
    server
        .distinguished_name
        .push(rcgen::DnType::CommonName, "provisor-simulator");
    if mode == TlsMode::Expired {
        server.not_before = date_time_ymd(2000, 1, 1);
        server.not_after = date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate()?;
    let certificate = match mode {
        TlsMode::SelfSigned => server.self_signed(&key)?,
        _ => server.signed_by(&key, &issuer)?,
    };
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Prepared {
        config: Arc::new(config),
        authority: issuer.pem(),
        certificate: certificate.pem(),
    })
}

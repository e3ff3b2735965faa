//! Who is trusted: the bundled public roots and, per server, the certificates of one own file.
//!
//! Checking can be widened by a file and never switched off. Does not own connections.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::error::TlsReason;

/// The client's side of TLS: bundled roots plus the certificates in `ca_file`.
pub(super) fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsReason> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let mut own = Vec::new();
    if let Some(file) = ca_file {
        own = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|_| TlsReason::CaFile)?;
        let (added, _) = roots.add_parsable_certificates(own.iter().cloned());
        if added == 0 {
            return Err(TlsReason::CaFile);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|_| TlsReason::CaFile)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsReason::Handshake)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { webpki, own }))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The reason behind a failed handshake.
pub(super) fn reason(error: &rustls::Error) -> TlsReason {
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsReason::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsReason::NotYetValid,
            CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => TlsReason::NoNames,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsReason::WrongName,
            _ => TlsReason::UnknownIssuer,
        },
        _ => TlsReason::Handshake,
    }
}

/// The usual checks, and one case more: panels ship with self-signed certificates that call themselves a CA, which the
/// usual checks refuse as a server's certificate even when they are trusted. Such a certificate is accepted when it is, byte
/// for byte, one of the server's own file, in its time, and made for the name.
#[derive(Debug)]
struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self
            .webpki
            .verify_server_cert(end_entity, intermediates, name, ocsp, now);
        match &verdict {
            // Its time was checked before this verdict; a test holds that order.
            Err(error) if is_ca_as_server(error) && self.own.contains(end_entity) => {
                rustls::client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            _ => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

fn is_ca_as_server(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    matches!(
        other.0.downcast_ref::<webpki::Error>(),
        Some(webpki::Error::CaUsedAsEndEntity)
    )
}

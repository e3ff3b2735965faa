//! Error messages that exist before any session does, or must not touch one: constants of the binary, so that they can
//! be lent for ever, to any thread.

use crate::host::Class;

/// One constant error message.
pub(super) struct Fixed {
    pub(super) class: Class,
    pub(super) message: &'static str,
}

macro_rules! fixed {
    ($name:ident, $class:ident, $number:literal, $code:literal, $what:literal, $unchanged:literal, $next:literal) => {
        pub(super) const $name: Fixed = Fixed {
            class: Class::$class,
            message: concat!(
                r#"{"v":1,"error":{"class":"#,
                $number,
                r#","code":""#,
                $code,
                r#"","message":""#,
                $what,
                r#"","unchanged":""#,
                $unchanged,
                r#"","next":""#,
                $next,
                r#""},"log":[]}"#
            ),
        };
        #[cfg(test)]
        impl Fixed {
            #[allow(non_snake_case, missing_docs)]
            pub(super) fn $name() -> crate::host::Failure {
                crate::host::Failure::new(Class::$class, $code, $what, $unchanged, $next)
            }
        }
    };
}

fixed!(
    NO_SESSION,
    MisuseNull,
    "-102",
    "session.null",
    "The session is NULL.",
    "Nothing was done.",
    "Pass the session that provisor_session_new returned."
);
fixed!(
    NO_REPLY,
    MisuseNull,
    "-102",
    "reply.null",
    "The reply is NULL but has a length.",
    "The session is as it was.",
    "Pass the reply, or a length of 0 on the first step."
);
fixed!(
    NO_REQUEST,
    MisuseNull,
    "-102",
    "request.null",
    "The request is NULL but has a length.",
    "Nothing was computed.",
    "Pass the request."
);
fixed!(
    NO_OUT,
    MisuseNull,
    "-102",
    "out.null",
    "The pointer for the answer or for its length is NULL.",
    "The session is as it was.",
    "Pass the addresses of a pointer and of a length."
);
fixed!(
    TOO_LARGE,
    MisuseTooLarge,
    "-104",
    "message.too_large",
    "The message is larger than 32 MiB.",
    "Nothing was read; an op that is owed is still owed.",
    "Answer with a smaller page."
);
fixed!(
    BUSY,
    MisuseBusy,
    "-105",
    "session.busy",
    "Another thread is using this session.",
    "The session is as it was.",
    "Use a session from one thread at a time."
);
fixed!(
    FORKED,
    Forked,
    "-902",
    "session.forked",
    "The session was made in another process, before a fork.",
    "Nothing was done in this process.",
    "Make the session in the process that uses it."
);
fixed!(
    DEFECT,
    Internal,
    "-901",
    "internal.panic",
    "A defect in this library stopped the call.",
    "Nothing was returned.",
    "Please report this with the code."
);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn constant_messages_read_like_those_of_a_session() {
        for (fixed, failure) in [
            (NO_SESSION, Fixed::NO_SESSION()),
            (NO_REPLY, Fixed::NO_REPLY()),
            (NO_REQUEST, Fixed::NO_REQUEST()),
            (NO_OUT, Fixed::NO_OUT()),
            (TOO_LARGE, Fixed::TOO_LARGE()),
            (BUSY, Fixed::BUSY()),
            (FORKED, Fixed::FORKED()),
            (DEFECT, Fixed::DEFECT()),
        ] {
            let told: serde_json::Value = serde_json::from_str(fixed.message).unwrap();
            assert_eq!(told, serde_json::json!({ "v": 1, "error": failure, "log": [] }));
        }
    }
}

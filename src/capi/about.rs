//! What this library is: the number of its ABI, its version, how it was built. All are constants of the binary.

use std::ffi::c_char;

/// The number of the ABI: it rises when a program built against an older header would break. The SONAME carries it.
pub const ABI_VERSION: u32 = 1;

#[cfg(target_arch = "x86_64")]
macro_rules! arch {
    () => {
        "x86_64"
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! arch {
    () => {
        "aarch64"
    };
}
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
macro_rules! arch {
    () => {
        "other"
    };
}
#[cfg(target_os = "linux")]
macro_rules! os {
    () => {
        "linux"
    };
}
#[cfg(not(target_os = "linux"))]
macro_rules! os {
    () => {
        "other"
    };
}
#[cfg(debug_assertions)]
macro_rules! profile {
    () => {
        "debug"
    };
}
#[cfg(not(debug_assertions))]
macro_rules! profile {
    () => {
        "release"
    };
}
#[cfg(feature = "panic-job")]
macro_rules! extras {
    () => {
        " panic-job"
    };
}
#[cfg(not(feature = "panic-job"))]
macro_rules! extras {
    () => {
        ""
    };
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
const BUILD_INFO: &str = concat!(
    "provisor ",
    env!("CARGO_PKG_VERSION"),
    " abi 1 protocol 1 ",
    arch!(),
    "-",
    os!(),
    " ",
    profile!(),
    extras!(),
    "\0"
);

/// The number of the ABI of the loaded library.
///
/// Compare it with PROVISOR_ABI_VERSION of the header you built against before calling anything else: after an update
/// without a restart the two differ. Never fails; any thread.
#[unsafe(no_mangle)]
pub extern "C" fn provisor_abi_version() -> u32 {
    ABI_VERSION
}

/// The version of the library, such as `0.1.0`, ended by NUL.
///
/// The text belongs to the library and lasts as long as the process. Never fails; any thread.
#[unsafe(no_mangle)]
pub extern "C" fn provisor_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// How the library was built: version, ABI, protocol, platform, `release` or `debug`, ended by NUL. For people and bug
/// reports; its form may change.
///
/// The text belongs to the library and lasts as long as the process. Never fails; any thread.
#[unsafe(no_mangle)]
pub extern "C" fn provisor_build_info() -> *const c_char {
    BUILD_INFO.as_ptr().cast()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_build_info_names_the_abi_that_the_number_says() {
        assert!(super::BUILD_INFO.contains(&format!(" abi {} ", super::ABI_VERSION)));
    }
}

//! Link arguments of the cdylib, nothing else: the SONAME with the ABI's number, and that it is never unloaded (threads
//! of the host may still have our thread-locals to destroy when it calls dlclose).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // ABI_VERSION of src/capi/about.rs; tests/capi_c.rs compares the two.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libprovisor.so.1");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}

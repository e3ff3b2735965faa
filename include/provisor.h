/*
 * provisor: billing-panel modules for hosting control panels, for C and C++.
 *
 * One job of a module (create an account, collect usage, bill) is a session. Step it: it hands you an op, a typed request
 * to your billing panel as JSON; you do it and hand back the reply; it goes on, until it hands you its report. Between
 * two steps nothing of the library runs: no thread, no lock, no callback.
 *
 * Example (tests/c/example.c):
 *
 *     #include <provisor.h>
 *     #include <stdio.h>
 *     #include <string.h>
 *
 *     int main(void) {
 *         const char *config = "{\"v\":1,\"job\":\"onapp.settings\",\"now\":\"2026-01-31T00:00:00Z\",\"input\":{}}";
 *         char reply[128];
 *         const char *out = NULL;
 *         size_t out_len = 0;
 *         int32_t told;
 *         unsigned ops = 0;
 *
 *         if (provisor_abi_version() != PROVISOR_ABI_VERSION) {
 *             fprintf(stderr, "The library was updated; build against its header or restart.\n");
 *             return 1;
 *         }
 *         provisor_session *session = provisor_session_new(config, strlen(config));
 *         told = provisor_session_step(session, NULL, 0, &out, &out_len);
 *         while (told == PROVISOR_STEP_OP) {
 *             // A real host reads the op, does it, and answers with its value. This one can do nothing.
 *             printf("asked:  %.*s\n", (int)out_len, out);
 *             snprintf(reply, sizeof reply, "{\"v\":1,\"id\":\"%u\",\"error\":{\"code\":\"example\",\"message\":\"No.\"}}", ++ops);
 *             told = provisor_session_step(session, reply, strlen(reply), &out, &out_len);
 *         }
 *         // 0 is a report; a negative number is one of enum provisor_class, with the error as JSON.
 *         printf("%s %.*s\n", told == PROVISOR_STEP_REPORT ? "report:" : "error: ", (int)out_len, out);
 *         provisor_session_free(session);
 *         return 0;
 *     }
 *
 * Build:
 *
 *     cc -std=c99 example.c -lprovisor                                        shared
 *     cc -std=c99 example.c libprovisor.a -lpthread -ldl -lm -lgcc_s          static, Linux with glibc
 *
 * Rules, true for every function:
 *
 *   - Every pointer may be NULL. A required one that is gives PROVISOR_CLASS_MISUSE_NULL and nothing is touched;
 *     provisor_session_new, which returns no class, makes a session that holds PROVISOR_CLASS_CONFIG_UNKNOWN.
 *   - Lengths rule, not NUL. A length of 0 means "nothing", whatever the pointer. More than 32 MiB is refused unread.
 *   - Text in and out is UTF-8 JSON with "v":1. Ids are strings. Decimals, and integers that may pass 2^53, are strings.
 *     Time is RFC 3339 UTC. Secrets travel only as {"secret":"..."}: log nothing of that shape.
 *   - What a function lends belongs to the session and lasts until the next step or the free. Nothing else is allocated
 *     for you. The texts of provisor_version and provisor_build_info last as long as the process.
 *   - Results are int32_t: 0 and above is success, below is one of enum provisor_class. Classes -101 to -199 are your
 *     mistake and change nothing; any other ends the session. Numbers are only ever added: be ready for new ones.
 *   - A session may move between threads but serves one at a time; the second gets PROVISOR_CLASS_MISUSE_BUSY. Different
 *     sessions never meet.
 *   - After fork() a session works in the process that made it. In the other every call answers PROVISOR_CLASS_FORKED,
 *     and freeing does nothing. Loading the library before a fork is fine.
 *   - A defect of the library never unwinds into you: it ends its session with PROVISOR_CLASS_INTERNAL.
 *   - Nothing is printed, no signal handler is set. The library stays loaded after dlclose.
 *   - No environment variable changes what is done. The HTTP library looks at ALL_PROXY, HTTPS_PROXY, HTTP_PROXY and
 *     NO_PROXY in a step that calls a panel, and what it finds is dropped: call no setenv in another thread meanwhile.
 *
 * Jobs: every job with its input and what its report holds, and the limits, stand in the documentation of the Rust module
 * provisor::module (cargo doc; src/module/mod.rs). A name in config, limits or input that is none of theirs is refused by
 * name before anything is asked: a mistyped "dry_run" bills nobody.
 *
 * Ops: the fields of each and of its reply stand in the documentation of provisor::host (src/host/op.rs).
 *
 *     tables.ensure   rows.read         apply             our own tables
 *     host.settings   server.get        order.get         what the host says of itself, a server, an order
 *     client.get      client.services   client.field      a client
 *     service.get     service.fields                      a service with all that belongs to it
 *     invoice.find    invoice.get       invoice.lines     invoices that are there
 *     invoice.draft   invoice.publish   invoice.notes     a new one
 *     credit.add      mail.send                           credit, e-mail
 */

#ifndef PROVISOR_H
#define PROVISOR_H

/* Generated from src/capi by tests/header.rs. Do not edit. */

#include <stddef.h>
#include <stdint.h>

/** The ABI of this header; compare with provisor_abi_version(). */
#define PROVISOR_ABI_VERSION 1

/**
 * Error classes, in ranges per family. The numbers are part of the C ABI: append only, never renumber.
 */
typedef enum provisor_class {
  /**
   * A step was called in the wrong order, or after the session ended.
   */
  PROVISOR_CLASS_MISUSE_ORDER = -101,
  /**
   * A required pointer was NULL.
   */
  PROVISOR_CLASS_MISUSE_NULL = -102,
  /**
   * A message is not UTF-8, not JSON, or lacks a field. The session is as it was; the op is still owed.
   */
  PROVISOR_CLASS_MISUSE_MESSAGE = -103,
  /**
   * A message is larger than the limit. The session is as it was; the op is still owed.
   */
  PROVISOR_CLASS_MISUSE_TOO_LARGE = -104,
  /**
   * The session is in use by another thread. The session is as it was.
   */
  PROVISOR_CLASS_MISUSE_BUSY = -105,
  /**
   * The buffer for the answer is too small. Nothing was written but the length that is needed.
   */
  PROVISOR_CLASS_MISUSE_BUFFER = -106,
  /**
   * The config names a job, a version or a value that this library does not know.
   */
  PROVISOR_CLASS_CONFIG_UNKNOWN = -201,
  /**
   * A setting of the product, the server or the service is missing or wrong.
   */
  PROVISOR_CLASS_CONFIG_INVALID = -202,
  /**
   * The verb does not fit the service as it is (another product type, nothing to act on).
   */
  PROVISOR_CLASS_CONFIG_REFUSED = -203,
  /**
   * Another runner works on the same service now.
   */
  PROVISOR_CLASS_BUSY = -204,
  /**
   * The panel answered and refused.
   */
  PROVISOR_CLASS_PANEL_REFUSED = -301,
  /**
   * The panel refused the credentials.
   */
  PROVISOR_CLASS_PANEL_UNAUTHORIZED = -302,
  /**
   * The panel refused for want of a permission.
   */
  PROVISOR_CLASS_PANEL_FORBIDDEN = -303,
  /**
   * The panel says that the object is not there.
   */
  PROVISOR_CLASS_PANEL_NOT_FOUND = -304,
  /**
   * The object is locked by a running transaction of the panel.
   */
  PROVISOR_CLASS_PANEL_LOCKED = -305,
  /**
   * The panel could not be reached, or did not answer in time.
   */
  PROVISOR_CLASS_NETWORK = -401,
  /**
   * The panel's certificate was not accepted.
   */
  PROVISOR_CLASS_NETWORK_TLS = -402,
  /**
   * The panel's name could not be resolved.
   */
  PROVISOR_CLASS_NETWORK_DNS = -403,
  /**
   * A changing request was sent and no answer of the panel came; whether it took effect is not known yet.
   */
  PROVISOR_CLASS_NETWORK_UNKNOWN = -404,
  /**
   * The panel answered with something that is not what it documents.
   */
  PROVISOR_CLASS_PANEL_DATA = -501,
  /**
   * Billing refused to go on with an item; nothing was billed.
   */
  PROVISOR_CLASS_BILLING_REFUSED = -601,
  /**
   * Billing set an item aside, for a person to decide.
   */
  PROVISOR_CLASS_BILLING_PARKED = -602,
  /**
   * The host answered an op with an error.
   */
  PROVISOR_CLASS_HOST = -701,
  /**
   * The host's rows changed under the job; nothing was written.
   */
  PROVISOR_CLASS_HOST_CONFLICT = -702,
  /**
   * A defect in this library.
   */
  PROVISOR_CLASS_INTERNAL = -901,
  /**
   * The session was made in another process (before a fork).
   */
  PROVISOR_CLASS_FORKED = -902,
} provisor_class;

/**
 * What a step returned, when it is not an error class.
 */
typedef enum provisor_step {
  /**
   * The job is done; the answer is its report.
   */
  PROVISOR_STEP_REPORT = 0,
  /**
   * The answer is an op that the host owes a reply to.
   */
  PROVISOR_STEP_OP = 1,
} provisor_step;

/**
 * One running job.
 *
 * Made by provisor_session_new, freed by provisor_session_free. It may move between threads but serves one at a time.
 */
typedef struct provisor_session provisor_session;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The number of the ABI of the loaded library.
 *
 * Compare it with PROVISOR_ABI_VERSION of the header you built against before calling anything else: after an update
 * without a restart the two differ. Never fails; any thread.
 */
uint32_t provisor_abi_version(void);

/**
 * The version of the library, such as `0.1.0`, ended by NUL.
 *
 * The text belongs to the library and lasts as long as the process. Never fails; any thread.
 */
const char *provisor_version(void);

/**
 * How the library was built: version, ABI, protocol, platform, `release` or `debug`, ended by NUL. For people and bug
 * reports; its form may change.
 *
 * The text belongs to the library and lasts as long as the process. Never fails; any thread.
 */
const char *provisor_build_info(void);

/**
 * Opens a session for one job.
 *
 * `config` is UTF-8 JSON of `len` bytes, read before the function returns:
 * `{"v":1,"job":"onapp.create","now":"2026-01-31T00:00:00Z","limits":{},"input":{}}`. Nothing runs before the first
 * step.
 *
 * The session belongs to the caller, who frees it with provisor_session_free.
 *
 * # Errors
 * There always is a session: a config that cannot be used, NULL included, makes one whose every step returns the error,
 * class -201.
 * Only a defect of the library makes this function return NULL.
 *
 * # Safety
 * `config` is NULL or points to `len` bytes. Any thread.
 */
struct provisor_session *provisor_session_new(const char *config,
                                              size_t len);

/**
 * Runs the job up to its next op or its end.
 *
 * The first call takes no reply (`reply` NULL, `len` 0); every other takes the reply to the last op, read before the
 * function returns.
 *
 * Returns 1 (PROVISOR_STEP_OP): the answer is an op, `{"v":1,"id":"3","op":"rows.read","args":{},"log":[]}`; do it
 * and call again with `{"v":1,"id":"3","now":"2026-01-31T00:00:05Z","value":{}}`, or with
 * `"error":{"code":"","message":""}` in place of the value. Returns 0 (PROVISOR_STEP_REPORT): the job is done and the
 * answer is `{"v":1,"report":{},"log":[]}`. Returns a negative class: the answer is
 * `{"v":1,"error":{"class":-301,"code":"","message":"","unchanged":"","next":""},"log":[]}`.
 *
 * `*out` and `*out_len` are always written when both are given. The answer has no NUL at its end. It belongs to the
 * session and lasts until the next step or the free; never free it yourself.
 *
 * # Errors
 * Classes -101 to -199 leave the session as it was, and an op that is owed is still owed. Any other ends it: every
 * later step returns the same error. After a report every step returns -101. -102: `session`, `out` or `out_len` is
 * NULL, or `reply` is with a length. -104: the reply is larger than 32 MiB. -105: another thread is inside. -901: a
 * defect. -902: the process has forked since.
 *
 * # Safety
 * `session` came from provisor_session_new and is not freed during the call; `reply` points to `len` bytes; `out` and
 * `out_len` can be written. Any thread, one at a time.
 */
int32_t provisor_session_step(struct provisor_session *session,
                              const char *reply,
                              size_t len,
                              const char **out,
                              size_t *out_len);

/**
 * Tells the last error of a session, whether it ended the session or not.
 *
 * Returns its class, and lends its message as provisor_session_step does: it lasts until the next step or the free.
 * Returns 0 and an empty text when there was no error.
 *
 * # Errors
 * -102: `session`, `out` or `out_len` is NULL. -105: another thread is inside. -902: the process has forked since.
 *
 * # Safety
 * As for provisor_session_step.
 */
int32_t provisor_session_error(const struct provisor_session *session,
                               const char **out,
                               size_t *out_len);

/**
 * Frees a session. A job that is not done is cancelled: it is dropped where it stands and its destructors run; an op
 * that is owed may still be done or not, the job makes no difference between them when it is run again.
 *
 * NULL is allowed and does nothing. A session that another thread is inside, or that was made before a fork, is left
 * alone: its memory is lost instead of corrupted.
 *
 * # Safety
 * `session` is NULL or came from provisor_session_new and was not freed. Everything it lent is gone afterwards. Any
 * thread.
 */
void provisor_session_free(struct provisor_session *session);

/**
 * Prices the traffic above an included volume: (used - included) x price x rate, rounded once, half away from zero.
 * Pure arithmetic; it needs no session.
 *
 * `request` is UTF-8 JSON of `len` bytes:
 * `{"v":1,"used_kb":"2097152","included_mb":"1500","price_per_mb":"0.02","rate":"1","digits":2,"kb":"1024","threshold":"0.10"}`.
 * `kb` is "1024" or "1000": bytes in a KB, and KB in an MB. `rate` is units of the client's currency for one of the
 * price's; `digits` is how many its amounts have after the point.
 *
 * The answer goes into your buffer `out` of `out_size` bytes, without a NUL, and its length into `*out_len`:
 * `{"v":1,"used_mb":"2048","over_mb":"548","amount":"10.96","invoice":true}`. `invoice` says whether the amount is
 * above the threshold; below it a host carries the amount into its next bill. Returns 0.
 *
 * # Errors
 * The error goes into the same buffer. -102: `out` or `out_len` is NULL, or `request` is with a length. -103: the
 * request is not of this form. -104: it is larger than 32 MiB. -106: the buffer is too small, `*out_len` is the size
 * that is needed, and the buffer is as it was; `out` NULL with `out_size` 0 asks for that size. -601: the terms cannot
 * be meant (a price below zero, a rate that is not above it) or the exact result needs more than 28 digits. -901: a defect.
 *
 * # Safety
 * `request` is NULL or points to `len` bytes, `out` is NULL or to `out_size` bytes that can be written, `out_len` is
 * NULL or can be written. `request` and `out` may be the same memory. Any thread.
 */
int32_t provisor_overage(const char *request,
                         size_t len,
                         char *out,
                         size_t out_size,
                         size_t *out_len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PROVISOR_H */

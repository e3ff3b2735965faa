// Generated from src/capi by tests/header.rs. Do not edit. include/provisor.h explains every function.

typedef enum provisor_class {
  PROVISOR_CLASS_MISUSE_ORDER = -101,
  PROVISOR_CLASS_MISUSE_NULL = -102,
  PROVISOR_CLASS_MISUSE_MESSAGE = -103,
  PROVISOR_CLASS_MISUSE_TOO_LARGE = -104,
  PROVISOR_CLASS_MISUSE_BUSY = -105,
  PROVISOR_CLASS_MISUSE_BUFFER = -106,
  PROVISOR_CLASS_CONFIG_UNKNOWN = -201,
  PROVISOR_CLASS_CONFIG_INVALID = -202,
  PROVISOR_CLASS_CONFIG_REFUSED = -203,
  PROVISOR_CLASS_BUSY = -204,
  PROVISOR_CLASS_PANEL_REFUSED = -301,
  PROVISOR_CLASS_PANEL_UNAUTHORIZED = -302,
  PROVISOR_CLASS_PANEL_FORBIDDEN = -303,
  PROVISOR_CLASS_PANEL_NOT_FOUND = -304,
  PROVISOR_CLASS_PANEL_LOCKED = -305,
  PROVISOR_CLASS_NETWORK = -401,
  PROVISOR_CLASS_NETWORK_TLS = -402,
  PROVISOR_CLASS_NETWORK_DNS = -403,
  PROVISOR_CLASS_NETWORK_UNKNOWN = -404,
  PROVISOR_CLASS_PANEL_DATA = -501,
  PROVISOR_CLASS_BILLING_REFUSED = -601,
  PROVISOR_CLASS_BILLING_PARKED = -602,
  PROVISOR_CLASS_HOST = -701,
  PROVISOR_CLASS_HOST_CONFLICT = -702,
  PROVISOR_CLASS_INTERNAL = -901,
  PROVISOR_CLASS_FORKED = -902,
} provisor_class;

typedef enum provisor_step {
  PROVISOR_STEP_REPORT = 0,
  PROVISOR_STEP_OP = 1,
} provisor_step;

typedef struct provisor_session provisor_session;

uint32_t provisor_abi_version(void);

const char *provisor_version(void);

const char *provisor_build_info(void);

struct provisor_session *provisor_session_new(const char *config, size_t len);

int32_t provisor_session_step(struct provisor_session *session,
                              const char *reply,
                              size_t len,
                              const char **out,
                              size_t *out_len);

int32_t provisor_session_error(const struct provisor_session *session, const char **out, size_t *out_len);

void provisor_session_free(struct provisor_session *session);

int32_t provisor_overage(const char *request, size_t len, char *out, size_t out_size, size_t *out_len);

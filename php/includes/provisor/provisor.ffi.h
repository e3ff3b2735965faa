/* The C functions of libprovisor as PHP's FFI reads them. */
typedef struct provisor_session provisor_session;
uint32_t provisor_abi_version(void);
const char *provisor_version(void);
const char *provisor_build_info(void);
provisor_session *provisor_session_new(const char *config, size_t len);
int32_t provisor_session_step(provisor_session *session, const char *reply, size_t len, const char **out,
                              size_t *out_len);
int32_t provisor_session_error(const provisor_session *session, const char **out, size_t *out_len);
void provisor_session_free(provisor_session *session);
int32_t provisor_overage(const char *request, size_t len, char *out, size_t out_size, size_t *out_len);

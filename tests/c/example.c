#include <provisor.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    const char *config = "{\"v\":1,\"job\":\"onapp.settings\",\"now\":\"2026-01-31T00:00:00Z\",\"input\":{}}";
    char reply[128];
    const char *out = NULL;
    size_t out_len = 0;
    int32_t told;
    unsigned ops = 0;

    if (provisor_abi_version() != PROVISOR_ABI_VERSION) {
        fprintf(stderr, "The library was updated; build against its header or restart.\n");
        return 1;
    }
    provisor_session *session = provisor_session_new(config, strlen(config));
    told = provisor_session_step(session, NULL, 0, &out, &out_len);
    while (told == PROVISOR_STEP_OP) {
        // A real host reads the op, does it, and answers with its value. This one can do nothing.
        printf("asked:  %.*s\n", (int)out_len, out);
        snprintf(reply, sizeof reply, "{\"v\":1,\"id\":\"%u\",\"error\":{\"code\":\"example\",\"message\":\"No.\"}}", ++ops);
        told = provisor_session_step(session, reply, strlen(reply), &out, &out_len);
    }
    // 0 is a report; a negative number is one of enum provisor_class, with the error as JSON.
    printf("%s %.*s\n", told == PROVISOR_STEP_REPORT ? "report:" : "error: ", (int)out_len, out);
    provisor_session_free(session);
    return 0;
}

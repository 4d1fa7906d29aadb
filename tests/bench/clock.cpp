#include "clock.h"

#include <ctime>

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#endif

namespace bench {

double nanoseconds() {
#ifdef __EMSCRIPTEN__
    return emscripten_get_now() * 1e6;
#else
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
#endif
}

}  // namespace bench

// CPU time, for differences; in a browser's engine the time that passes.
#pragma once

namespace bench {

double nanoseconds();

}  // namespace bench

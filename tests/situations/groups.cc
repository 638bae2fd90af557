// SPDX-License-Identifier: Apache-2.0
#include "tests/situations/situations.h"

namespace gridlock::situations {

std::array<Group, 14> groups() {
  return {{{"locks", locks()},
           {"gates", gates()},
           {"orders", orders()},
           {"order_through", order_through()},
           {"readers", readers()},
           {"semaphores", semaphores()},
           {"conditions", conditions()},
           {"events", events()},
           {"barriers", barriers()},
           {"once_flags", once_flags()},
           {"futures", futures()},
           {"queues", queues()},
           {"joins", joins()},
           {"mixes", mixes()}}};
}

}  // namespace gridlock::situations

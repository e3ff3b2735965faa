<p class="dummy">Dummy of {$seen|escape}, state {$status|escape}</p>

<?php

/**
 * Passes bytes between a client and a MariaDB socket, and cuts the line once around COMMIT.
 *
 *     php lossy_proxy.php OWN_SOCKET SERVER_SOCKET before|after
 *
 * "before": the COMMIT never arrives. "after": it does, and its answer never comes back. Later lines are left alone.
 */

declare(strict_types=1);

[, $own, $server, $when] = $argv;
$listen = stream_socket_server("unix://$own") ?: exit(1);
chmod($own, 0777);
$cut = false;
$pairs = [];
while (true) {
    $read = [$listen];
    foreach ($pairs as [$client, $upstream]) {
        array_push($read, $client, $upstream);
    }
    $none = [];
    if (!stream_select($read, $none, $none, 60)) {
        exit(0);
    }
    if (in_array($listen, $read, true)) {
        $pairs[] = [stream_socket_accept($listen), stream_socket_client("unix://$server")];
    }
    foreach ($pairs as $i => [$client, $upstream]) {
        foreach ([[$client, $upstream], [$upstream, $client]] as [$from, $to]) {
            if (!in_array($from, $read, true) || !isset($pairs[$i])) {
                continue;
            }
            $bytes = (string) fread($from, 65536);
            $isCommit = !$cut && $from === $client && substr($bytes, 4) === "\x03COMMIT";
            if ($isCommit && $when === 'after') {
                fwrite($to, $bytes);
                fread($to, 65536);
            }
            if ($bytes === '' || $isCommit) {
                $cut = $cut || $isCommit;
                fclose($client);
                fclose($upstream);
                unset($pairs[$i]);
            } else {
                fwrite($to, $bytes);
            }
        }
    }
}

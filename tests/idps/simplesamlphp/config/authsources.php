<?php
// Everybody's password is "password".
$config = ['cast' => ['exampleauth:UserPass']];
foreach (json_decode(file_get_contents(getenv('DAYPASS_TEST_FOLDER') . '/people.json'), true) as $id => $attributes) {
    $config['cast']["$id:password"] = $attributes;
}

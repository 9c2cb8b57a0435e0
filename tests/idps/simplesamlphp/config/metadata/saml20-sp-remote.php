<?php
// What the service providers' own metadata says of them; in how it signs and names, this provider goes its own way.
$folder = getenv('DAYPASS_TEST_FOLDER');
$options = json_decode(file_get_contents("$folder/options.json"), true);
$ways = ['saml20.sign.assertion' => $options['sign_assertion'], 'NameIDFormat' => $options['name_id_format']];

foreach (glob("$folder/sp-*.xml") as $registered) {
    foreach (\SimpleSAML\Metadata\SAMLParser::parseDescriptorsFile($registered) as $id => $entity) {
        $metadata[$id] = $ways + $entity->getMetadata20SP();
    }
}
